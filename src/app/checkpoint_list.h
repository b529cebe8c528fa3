// SPDX-License-Identifier: Apache-2.0
// What ckpt-tool does in a checkpoint directory. Reads the small parts of the files, not their
// tensors.
#pragma once

#include <cstdint>
#include <vector>

#include "checkpoint/directory.h"
#include "report/checkpoint_table.h"
#include "report/clean_report.h"

namespace lockstep {

// Epoch files by number, then best and latest; damaged ones with their problem.
std::vector<CheckpointRow> list_checkpoints(const CheckpointDirectory& directory);

enum class CleanMode { remove, dry_run };

// Removes all epoch files but the `keep` with the highest numbers. Throws Error(checkpoint).
CleanResult clean_checkpoints(const CheckpointDirectory& directory, std::int64_t keep,
                              CleanMode mode);

}  // namespace lockstep
