// SPDX-License-Identifier: Apache-2.0
// One .pt file from a committed set, by streaming: little memory whatever the size.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace lockstep {

struct Consolidated {
  std::int64_t bytes = 0;
  std::string root;  // of the state that was written
};

// Writes to `file` what the trainer's own export of this checkpoint would hold, byte for byte; it
// appears under its name whole and durable. Verifies while it reads. Throws Error(checkpoint).
Consolidated consolidate(const std::filesystem::path& checkpoint,
                         const std::filesystem::path& file);

}  // namespace lockstep
