// SPDX-License-Identifier: Apache-2.0
// What is in a checkpoint directory. Reads the small parts of files and sets, not their tensors.
#pragma once

#include <filesystem>
#include <vector>

#include "checkpoint/directory.h"
#include "report/list_report.h"

namespace lockstep {

// The .pt files that have a name of ours: epoch files by number, then best, latest and main.
std::vector<std::filesystem::path> training_files(const CheckpointDirectory& directory);

// Epoch files by number, then best and latest; the sets; what is no checkpoint; the space of all.
// What is damaged comes with its problem. Throws Error(checkpoint).
CheckpointListing list_checkpoints(const CheckpointDirectory& directory);

}  // namespace lockstep
