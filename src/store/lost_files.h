// SPDX-License-Identifier: Apache-2.0
// Files that somebody has removed from a run's directory, or cut short, since its last save. A save
// gives each its name once; so they are looked for where a run goes on.
#pragma once

#include <string>
#include <vector>

#include "checkpoint/directory.h"
#include "config/run_config.h"

namespace lockstep {

// Gives the names of the newest epoch and of the best again where another name still has their
// bytes, and writes the history anew. Returns a sentence for each file that was missing or damaged:
// what it is now, or how to make it. Of .pt files only the directory and the pickle are read, and
// what is whole but of another checkpoint stays as it is. `state` is what the run goes on from.
std::vector<std::string> restore_lost_files(const CheckpointDirectory& directory,
                                            const TrainState& state, ExportRule rule);

}  // namespace lockstep
