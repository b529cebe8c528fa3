// SPDX-License-Identifier: Apache-2.0
// The validation loss: the mean cross-entropy over every target of the validation windows. Batches
// are the same whatever the world size and their sums are added in one order, so is the loss.
#pragma once

#include <functional>
#include <optional>

#include "batches/windows.h"
#include "comm/world.h"
#include "model/gpt.h"
#include "text/token_file.h"

namespace lockstep {

// COLLECTIVE. The same number on every rank; absent on all once any is told to stop, which they ask
// each other about twice a second or, where batches take longer, between any two. `is_told_to_stop`
// gets the seconds that passed between two such questions, the longest of all ranks so far.
std::optional<double> validation_loss(
    World& world, const Gpt& model, const TokenFile& tokens, const Windows& windows,
    const std::function<bool(double)>& is_told_to_stop = [](double) { return false; });

}  // namespace lockstep
