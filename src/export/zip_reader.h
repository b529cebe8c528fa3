// SPDX-License-Identifier: Apache-2.0
// The entries of a zip archive that are stored without compression, read by name. Opening reads
// the directory only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "export/input_file.h"
#include "export/zip_directory.h"

namespace lockstep {

// THREADS: one at a time. Every function throws Error(checkpoint) naming the file.
class ZipReader {
 public:
  explicit ZipReader(const std::filesystem::path& path);

  const InputFile& file() const { return file_; }
  const std::vector<ZipEntry>& entries() const { return entries_; }
  // The entry called `name`, or nullptr.
  const ZipEntry* find(const std::string& name) const;

  // The whole entry, its CRC-32 compared with the directory's.
  std::string read(const ZipEntry& entry) const;
  // Bytes of the entry from `offset` on; their content is not checked.
  void read_part(const ZipEntry& entry, std::uint64_t offset,
                 std::span<std::byte> destination) const;
  // Reads the entry and compares its CRC-32 with the directory's.
  void check(const ZipEntry& entry) const;
  // Compares all bytes that belong to no entry's data (headers, padding, the directory) with those
  // that zip_layout.h gives for these entries. Only an archive of ours has them.
  void check_between_entries() const;

 private:
  void compare(const ZipEntry& entry, std::uint32_t found) const;
  void compare_bytes(std::int64_t offset, const std::string& expected,
                     const std::string& what) const;
  std::uint64_t data_offset(const ZipEntry& entry) const;

  InputFile file_;
  std::vector<ZipEntry> entries_;
  std::unordered_map<std::string_view, std::size_t> places_;  // in entries_, whose names it views
  // Of each entry, once its header has been read.
  mutable std::vector<std::optional<std::uint64_t>> data_offsets_;
};

}  // namespace lockstep
