// SPDX-License-Identifier: Apache-2.0
// Where everything lies in a zip archive of stored (uncompressed) entries, and the bytes between
// their data: pure functions of names, sizes and checksums. The data of every entry begins at a
// multiple of 64 bytes, as in PyTorch's files, so that it can be mapped into memory. That of a
// large one begins at the same place of a page as in the memory it comes from, so that a disk can
// take it from there (base/direct_writer.h).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace lockstep {

// From this size on the room that it may take is less than half a percent.
inline constexpr std::int64_t kLargeItemBytes = 1 << 20;

struct ZipItem {
  std::string name;
  std::int64_t bytes = 0;
  // Of a large one: where its bytes begin in a page of memory. Kept if it is a multiple of 64.
  std::int64_t place_in_page = 0;
};

struct ZipPlace {
  ZipItem item;
  std::int64_t header_offset = 0;
  std::int64_t data_offset = 0;
};

struct ZipLayout {
  std::vector<ZipPlace> places;
  std::int64_t directory_offset = 0;
};

ZipLayout lay_out_zip(const std::vector<ZipItem>& items);

// The bytes from place.header_offset to place.data_offset.
std::string zip_local_header(const ZipPlace& place, std::uint32_t crc32);

// The bytes from layout.directory_offset to the end of the file; crc32s[i] is that of places[i].
// Records of zip64 appear where a size or offset needs them, or from 65535 entries on.
std::string zip_directory(const ZipLayout& layout, const std::vector<std::uint32_t>& crc32s);

}  // namespace lockstep
