// SPDX-License-Identifier: Apache-2.0
// Any PyTorch file, as a test wants it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

#include "base/whole_file.h"
#include "export/crc32.h"
#include "export/pickle_writer.h"
#include "export/pt_file.h"

namespace lockstep::test {

// Writes `root` and the storages it refers to as "0", "1", ... and returns the size in bytes.
// REQUIRES: the storages have the sizes that the tensors of `root` say.
inline std::int64_t write_pt_file(const std::filesystem::path& path, const PtValue& root,
                                  const std::vector<std::span<const std::byte>>& storages) {
  const std::string pickle = write_pickle(root);
  std::vector<PtStorageSize> sizes;
  std::vector<std::uint32_t> crc32s;
  for (const std::span<const std::byte> bytes : storages) {
    sizes.push_back({.bytes = static_cast<std::int64_t>(bytes.size())});
    crc32s.push_back(crc32_of(bytes));
  }
  const PtArchive archive(static_cast<std::int64_t>(pickle.size()), sizes);
  write_whole_file(path, ErrorKind::checkpoint, [&](SharedFile& file) {
    for (std::size_t i = 0; i < storages.size(); ++i)
      file.write_at(archive.storage_offset(i), storages[i]);
    archive.write_frame(file, pickle, crc32s);
  });
  return archive.file_bytes();
}

}  // namespace lockstep::test
