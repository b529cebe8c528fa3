// SPDX-License-Identifier: Apache-2.0
// Whether a run that is resumed has nothing left to do, as its directory alone says: without its
// text.
#pragma once

#include "app/run_order.h"

namespace lockstep {

// Whether the run has made all its epochs, or all its steps. Pure.
bool has_ended(const TrainConfig& train, const TrainState& state);

// Whether the checkpoint of the order is whole and nothing in its directory waits for the next
// start: no commit that a crash cut short, no remains of one. If so, lost files are restored where
// that can be done, and all of them told in warnings; nothing else is written. Where a living
// process has the directory nothing is, whatever it is at. Reads all of the checkpoint.
// THREADS: one rank.
bool settle(const RunOrder& order);

}  // namespace lockstep
