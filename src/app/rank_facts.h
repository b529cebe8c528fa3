// SPDX-License-Identifier: Apache-2.0
// What one rank knows of the place it was started in, small enough for every rank to have that of
// all others. Gathering takes less than a millisecond; the rules over it are in start_checks.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "comm/world.h"

namespace lockstep {

struct RankFacts {
  std::string host = {};
  std::string command_line = {};  // a digest of the arguments, as are the next two of theirs
  std::string program = {};       // the program's own build
  std::string libraries = {};     // the builds of the libraries it has loaded
  std::string processor = {};     // "Intel(R) Xeon(R) Platinum 8481C"; empty if it is not known
  std::vector<int> cores = {};    // that this rank may run on
  int launcher_cores = 0;         // that mpirun may run on; 0 without one
  int quota_cores = 0;            // that all ranks here may keep busy together; 0: no quota
  std::int64_t memory_bytes = 0;  // of the host, that this job can have; 0: not known
  int job_tasks = 0;              // of the Slurm job; 0 without one
};

RankFacts facts_of_this_rank(int argc, const char* const* argv);

// There and back.
std::string facts_to_text(const RankFacts& facts);
RankFacts facts_from_text(const std::string& text);

// COLLECTIVE. Those of all ranks, in rank order.
std::vector<RankFacts> gather_facts(World& world, const RankFacts& mine);

// COLLECTIVE. By how many seconds the clock of each rank is ahead of that of rank 0, as exactly as
// ranks can meet.
std::vector<double> gather_clock_offsets(World& world);

}  // namespace lockstep
