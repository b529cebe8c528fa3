// SPDX-License-Identifier: Apache-2.0
// What becomes of a run's directory where the run goes on, before anything is saved there: damaged
// sets are given up, a commit that was cut short is finished, lost files are restored.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "checkpoint/train_state.h"
#include "config/run_config.h"

namespace lockstep {

// `state` is that of `checkpoint`, a set or a .pt file. What was finished or restored is said in
// warnings. Returns the sets that are given up. REQUIRES: the directory
// is this process's (DirectoryOwner), and was opened. Throws Error(checkpoint).
std::vector<std::string> go_on_from(const std::filesystem::path& checkpoint,
                                    const TrainState& state, const CheckpointConfig& config);

}  // namespace lockstep
