// SPDX-License-Identifier: Apache-2.0
// Writes a PyTorch file (FORMAT.md): a zip archive of one pickle and the raw bytes of the storages,
// as torch.save does, so that torch.load(weights_only=True), also with mmap, reads it. The file
// appears under its name only when it is whole and durable.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "export/pt_value.h"

namespace lockstep {

// The bytes of one storage: `PtTensor::storage` names it by `key`.
struct PtStorage {
  std::string key;
  std::span<const std::byte> bytes;  // little-endian elements
};

// Writes `root` and `storages` to `path`. Every storage that `root` refers to must be there, with
// the size it says. Returns the size of the file in bytes. Throws Error(checkpoint).
std::int64_t write_pt_file(const std::filesystem::path& path, const PtValue& root,
                           const std::vector<PtStorage>& storages);

// The size that write_pt_file would give, without writing: for the free-space check and --dry-run.
// Needs only the sizes of the storages, not their bytes; their keys are "0", "1", ... in order.
std::int64_t pt_file_bytes(const PtValue& root, const std::vector<std::int64_t>& storage_bytes);

}  // namespace lockstep
