// SPDX-License-Identifier: Apache-2.0
// Removes old checkpoints from a directory, or says which it would.
#pragma once

#include <cstdint>

#include "checkpoint/directory.h"
#include "report/clean_report.h"

namespace lockstep {

enum class CleanMode { remove, dry_run };

// Removes all epoch files but the `keep` with the highest numbers, and all sets but the newest
// `keep`, the best and the latest. Those that list_checkpoints() finds damaged are left alone, are
// none of the `keep`, and are named in warnings. Throws Error(checkpoint).
CleanResult clean_checkpoints(const CheckpointDirectory& directory, std::int64_t keep,
                              CleanMode mode);

}  // namespace lockstep
