// SPDX-License-Identifier: Apache-2.0
// The archive that a PyTorch file is (FORMAT.md): a zip of one pickle and the raw bytes of the
// storages, as torch.save makes it, so that torch.load(weights_only=True), also with mmap, reads
// it. Where everything lies is known from sizes alone, before anything is written.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/file.h"
#include "export/zip_layout.h"

namespace lockstep {

struct PtStorageSize {
  std::int64_t bytes = 0;
  std::int64_t place_in_page = 0;  // of the memory it is written from (zip_layout.h)
};

// The storages have the keys "0", "1", ... in their order.
class PtArchive {
 public:
  PtArchive(std::int64_t pickle_bytes, const std::vector<PtStorageSize>& storages);

  std::int64_t file_bytes() const;
  // Where the bytes of a storage begin in the file.
  std::int64_t storage_offset(std::size_t storage) const;

  // Writes all but the bytes of the storages; crc32s has one number for each of them.
  // REQUIRES: `pickle` has the size that was promised.
  void write_frame(SharedFile& file, const std::string& pickle,
                   const std::vector<std::uint32_t>& storage_crc32s) const;

 private:
  ZipLayout zip_;
};

}  // namespace lockstep
