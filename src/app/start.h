// SPDX-License-Identifier: Apache-2.0
// The first thing that the ranks of a job do together: tell each other where they were started, so
// that a wrong start ends here, before anything is read or written.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "app/rank_facts.h"
#include "comm/world.h"

namespace lockstep {

// COLLECTIVE. The facts of all ranks. Throws SharedError(usage) if they cannot train together.
std::vector<RankFacts> meet_ranks(World& world, int argc, const char* const* argv);

// COLLECTIVE. What is worth a warning goes to the log of rank 0. Throws SharedError(checkpoint) if
// the hosts do not share the run's `directory`.
void check_start(World& world, const std::vector<RankFacts>& facts,
                 const std::filesystem::path& directory);

// Throws SharedError(usage), on every rank alike, if a run on processors that needs so much memory
// on each rank cannot have it; where that is not certain, it is a warning in the log of rank 0.
void check_memory(const World& world, const std::vector<RankFacts>& facts,
                  std::int64_t needed_bytes);

}  // namespace lockstep
