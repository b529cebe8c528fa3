// SPDX-License-Identifier: Apache-2.0
// Files that somebody has removed from a run's directory, or cut short, since its last save. A save
// gives each its name once; so they are looked for where a run goes on.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "checkpoint/directory.h"
#include "config/run_config.h"

namespace lockstep {

struct LostFile {
  std::string text;               // what is said once it is restored, or how to make it
  std::function<void()> restore;  // empty where no other name has its bytes
};

// The names of the newest epoch and of the best, and the history, that are missing or damaged. Of
// .pt files only the directory and the pickle are read, and what is whole but of another checkpoint
// is none of these. `state` is what the run goes on from.
std::vector<LostFile> lost_files(const CheckpointDirectory& directory, const TrainState& state,
                                 ExportRule rule);

// The sentence about .pt files that stay as they are however far the run goes on from here, since
// its rule gives their names to no epoch, or to the last one alone; absent where there are none.
std::optional<std::string> left_behind(const CheckpointDirectory& directory, ExportRule rule);

// Restores it where that can be done; what is to be said of it.
std::string restored(const LostFile& lost);

}  // namespace lockstep
