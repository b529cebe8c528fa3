// SPDX-License-Identifier: Apache-2.0
// Reads the directory of a zip archive of stored entries, and trusts nothing it says.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "export/input_file.h"

namespace lockstep {

struct ZipEntry {
  std::string name;
  std::uint64_t header_offset = 0;
  std::uint64_t bytes = 0;
  std::uint32_t crc32 = 0;
  std::uint16_t flags = 0;
};

// Throws Error(checkpoint) for what is not a zip archive, is truncated, contradicts itself, or has
// entries that are compressed, encrypted, twice there or beyond the end of the file.
std::vector<ZipEntry> read_zip_directory(const InputFile& file);

// Where the data of `entry` begins. Reads the entry's own header, which must agree with the
// directory.
std::uint64_t zip_data_offset(const InputFile& file, const ZipEntry& entry);

}  // namespace lockstep
