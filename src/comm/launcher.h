// SPDX-License-Identifier: Apache-2.0
// What the environment says of how this process was started, before MPI is asked. A launcher and a
// library that do not fit together make of N processes N worlds of one, and each would train alone
// in the same directory.
#pragma once

#include <functional>
#include <optional>
#include <string>

namespace lockstep {

// How one process was started.
struct Launch {
  bool joins_mpi = false;  // as one rank of an MPI job
  int processes = 1;       // that the launcher started together
  int process = 0;         // this one among them
  std::string launcher;    // "srun"; empty without one
};

// The value of a variable; absent if it is not set.
using Environment = std::function<std::optional<std::string>(const char* name)>;

Launch launch_in(const Environment& environment);
Launch launch_of_this_process();

// What is wrong if the MPI world of a process started so has `world_size` ranks; absent if nothing.
std::optional<std::string> lonely_start(const Launch& launch, int world_size);

}  // namespace lockstep
