// SPDX-License-Identifier: Apache-2.0
// The room on a disk.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

namespace lockstep {

// Bytes an ordinary user may still write on the file system of `path` (which need not exist yet).
// Absent where the file system has no size: some do not say it, and a tmpfs may have no limit.
// Throws Error(checkpoint).
std::optional<std::int64_t> free_bytes(const std::filesystem::path& path);

}  // namespace lockstep
