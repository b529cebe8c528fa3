// SPDX-License-Identifier: Apache-2.0
// trainer --doctor: everything that decides whether a training would be fine here, tried under the
// command that would start it, without training.
#pragma once

#include <vector>

#include "app/rank_facts.h"
#include "app/trainer_command.h"
#include "base/error.h"
#include "comm/world.h"

namespace lockstep {

// COLLECTIVE. Rank 0 prints the report. Writes nothing but a probe, into the run directory or where
// it would be made, and removes it. Returns the exit code of the first problem.
ExitCode examine(World& world, const TrainerCommand& command, const std::vector<RankFacts>& facts);

}  // namespace lockstep
