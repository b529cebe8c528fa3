// SPDX-License-Identifier: Apache-2.0
// A file that one process writes at places of its choice, and that appears under its name only when
// it is whole and durable.
#pragma once

#include <filesystem>
#include <functional>

#include "base/file.h"

namespace lockstep {

// `fill` writes to a file without a name, or where the file system has none to a draft beside
// `path`, which replaces what is at `path` when `fill` returns and is removed when it throws.
// Throws Error(kind).
void write_whole_file(const std::filesystem::path& path, ErrorKind kind,
                      const std::function<void(SharedFile&)>& fill);

}  // namespace lockstep
