// SPDX-License-Identifier: Apache-2.0
// What is in a checkpoint directory. Reads the small parts of files and sets, not their tensors.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "checkpoint/directory.h"
#include "report/list_report.h"

namespace lockstep {

// The .pt files that have a name of ours: epoch files by number, then best, latest and main.
std::vector<std::filesystem::path> training_files(const CheckpointDirectory& directory);

// Why a set is of no use: its manifest, or a shard that is missing or cut short, without reading
// any. Empty where none of this is so.
std::string problem_of_set(const CheckpointDirectory& directory, const CommittedSet& set);

// Epoch files by number, then best and latest; the sets; what is no checkpoint; the space of all.
// What is damaged comes with its problem. Throws Error(checkpoint).
CheckpointListing list_checkpoints(const CheckpointDirectory& directory);

}  // namespace lockstep
