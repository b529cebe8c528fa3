// SPDX-License-Identifier: Apache-2.0
// The validation loss: the mean cross-entropy over every target of the validation windows. Batches
// are the same whatever the world size and their sums are added in one order, so is the loss.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "batches/windows.h"
#include "comm/world.h"
#include "lanes/lane_plan.h"
#include "model/gpt.h"
#include "text/token_file.h"

namespace lockstep {

// Of a validation batch: enough to fill a processor, few enough that a short text still gives every
// rank some.
inline constexpr std::int64_t kValidationSequences = 8;

// The sequences of a validation batch for a run of such lanes: on a GPU no more than a lane has,
// which is known to fit. Pure: how many ranks there are does not matter.
std::int64_t sequences_at_once(const LanePlan& lanes, bool is_on_gpu);

// COLLECTIVE. The same number on every rank; absent on all once any is told to stop, which they ask
// each other about twice a second or, where batches take longer, between any two. `is_told_to_stop`
// gets the seconds that passed between two such questions, the longest of all ranks so far; 0
// before the first batch. `at_once`: the sequences of a batch, the same on every rank.
std::optional<double> validation_loss(
    World& world, const Gpt& model, const TokenFile& tokens, const Windows& windows,
    const std::function<bool(double)>& is_told_to_stop = [](double) { return false; },
    std::int64_t at_once = kValidationSequences);

}  // namespace lockstep
