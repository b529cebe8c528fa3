// SPDX-License-Identifier: Apache-2.0
// The checkpoint that a resume starts from.
#pragma once

#include <filesystem>
#include <optional>

#include "checkpoint/directory.h"

namespace lockstep {

// The newest checkpoint whose every byte verifies: latest.pt, else the epoch file with the highest
// number, else the best. Absent if the directory holds none at all. Each damaged one is named in a
// warning; if all are damaged, throws Error(checkpoint) naming them.
std::optional<std::filesystem::path> find_newest_checkpoint(const CheckpointDirectory& directory);

}  // namespace lockstep
