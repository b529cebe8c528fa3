// SPDX-License-Identifier: Apache-2.0
// One .pt file from a committed set, by streaming: little memory whatever the size.
#pragma once

#include <cstdint>
#include <filesystem>

namespace lockstep {

// Writes to `file` what the trainer's own export of this checkpoint would hold, byte for byte; it
// appears under its name whole and durable. Verifies while it reads. Returns its bytes. Throws
// Error(checkpoint).
std::int64_t consolidate(const std::filesystem::path& checkpoint,
                         const std::filesystem::path& file);

}  // namespace lockstep
