// SPDX-License-Identifier: Apache-2.0
// Whether the directory of a run is one and the same on all hosts. Where it is not, every host
// would keep its own part of each checkpoint, and none could be resumed from.
#pragma once

#include <chrono>
#include <filesystem>

#include "app/start_checks.h"
#include "comm/world.h"

namespace lockstep {

// NFS may show an old list of names for a while.
inline constexpr std::chrono::milliseconds kFolderPatience{10'000};

// The folder itself, or the one it would be created in: the nearest above that exists.
std::filesystem::path nearest_folder(const std::filesystem::path& folder);

// COLLECTIVE. Rank 0 writes a small file into the directory, or into what exists of the way to it,
// and every rank looks for it; it is removed again. Throws SharedError(checkpoint) naming the hosts
// that do not see it, or may not write there.
void check_shared_folder(World& world, Facts facts, const std::filesystem::path& directory,
                         std::chrono::milliseconds patience = kFolderPatience);

}  // namespace lockstep
