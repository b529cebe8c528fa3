// SPDX-License-Identifier: Apache-2.0
// What stands against a new run in its directory although its order is a good one: a run that is
// there already, or a process at work.
#pragma once

#include <optional>

#include "app/run_order.h"
#include "base/error.h"

namespace lockstep {

// Absent for a run that is resumed, and where nothing is in the way. Names the ways out. Writes
// nothing.
std::optional<Error> obstacle_to_new_run(const TrainerCommand& command, const RunOrder& order);

}  // namespace lockstep
