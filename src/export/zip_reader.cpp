// SPDX-License-Identifier: Apache-2.0
#include "export/zip_reader.h"

#include <zlib.h>

#include <algorithm>

namespace lockstep {
namespace {

constexpr std::uint64_t kBlockBytes = std::uint64_t{1} << 20;

}  // namespace

std::uint32_t crc32_of(std::span<const std::byte> bytes, std::uint32_t before) {
  // zlib takes a null pointer for the wish to begin anew.
  if (bytes.empty()) return before;
  const auto* data = reinterpret_cast<const Bytef*>(bytes.data());
  return static_cast<std::uint32_t>(::crc32_z(before, data, bytes.size()));
}

ZipReader::ZipReader(const std::filesystem::path& path)
    : file_(path), entries_(read_zip_directory(file_)) {
  for (std::size_t i = 0; i < entries_.size(); ++i) places_.emplace(entries_[i].name, i);
}

const ZipEntry* ZipReader::find(const std::string& name) const {
  const auto found = places_.find(name);
  return found == places_.end() ? nullptr : &entries_[found->second];
}

void ZipReader::compare(const ZipEntry& entry, std::uint32_t found) const {
  if (found != entry.crc32)
    file_.fail("the entry '" + entry.name + "' has CRC-32 " + std::to_string(found) +
               ", expected " + std::to_string(entry.crc32) + ": the file is damaged");
}

std::string ZipReader::read(const ZipEntry& entry) const {
  std::string bytes = file_.read_at(zip_data_offset(file_, entry), entry.bytes);
  compare(entry, crc32_of(std::as_bytes(std::span(bytes))));
  return bytes;
}

void ZipReader::read_part(const ZipEntry& entry, std::uint64_t offset,
                          std::span<std::byte> destination) const {
  if (offset > entry.bytes || destination.size() > entry.bytes - offset)
    file_.fail("a tensor reaches beyond the entry '" + entry.name + "'");
  file_.read_at(zip_data_offset(file_, entry) + offset, destination);
}

void ZipReader::check(const ZipEntry& entry) const {
  std::vector<std::byte> block(std::min(entry.bytes, kBlockBytes));
  std::uint64_t offset = zip_data_offset(file_, entry);
  std::uint32_t crc32 = 0;
  for (std::uint64_t left = entry.bytes; left > 0;) {
    const auto piece = std::span(block).first(std::min(left, kBlockBytes));
    file_.read_at(offset, piece);
    crc32 = crc32_of(piece, crc32);
    offset += piece.size();
    left -= piece.size();
  }
  compare(entry, crc32);
}

}  // namespace lockstep
