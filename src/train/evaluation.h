// SPDX-License-Identifier: Apache-2.0
// The validation loss: the mean cross-entropy over every target of the validation windows. Batches
// are the same whatever the world size and their sums are added in one order, so is the loss.
#pragma once

#include "batches/windows.h"
#include "comm/world.h"
#include "model/gpt.h"
#include "text/token_file.h"

namespace lockstep {

// COLLECTIVE. The same number on every rank.
double validation_loss(World& world, const Gpt& model, const TokenFile& tokens,
                       const Windows& windows);

}  // namespace lockstep
