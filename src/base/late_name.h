// SPDX-License-Identifier: Apache-2.0
// Names that another host has just given. A network file system may show the old ones for a while:
// the file is not there yet (ENOENT), or what had the name before is gone (ESTALE). All waiting for
// that is here.
#pragma once

#include <chrono>
#include <filesystem>

#include "base/error.h"

namespace lockstep {

// NFS keeps attributes of folders for up to a minute, unless mounted otherwise.
inline constexpr std::chrono::milliseconds kNamePatience{90'000};

// Whether the file or folder can be opened for reading, now or within `patience`. Throws
// Error(kind) for any other reason than a late name.
bool appears(const std::filesystem::path& path, ErrorKind kind, std::chrono::milliseconds patience);

// The same for what another rank says is there: throws Error(kind) if it does not appear.
void wait_for_name(const std::filesystem::path& path, ErrorKind kind,
                   std::chrono::milliseconds patience = kNamePatience);

}  // namespace lockstep
