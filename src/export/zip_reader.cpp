// SPDX-License-Identifier: Apache-2.0
#include "export/zip_reader.h"

#include <algorithm>

#include "base/sentence.h"
#include "export/crc32.h"
#include "export/zip_layout.h"

namespace lockstep {
namespace {

constexpr std::uint64_t kReadBytes = std::uint64_t{1} << 20;

}  // namespace

ZipReader::ZipReader(const std::filesystem::path& path)
    : file_(path), entries_(read_zip_directory(file_)), data_offsets_(entries_.size()) {
  for (std::size_t i = 0; i < entries_.size(); ++i) places_.emplace(entries_[i].name, i);
}

const ZipEntry* ZipReader::find(const std::string& name) const {
  const auto found = places_.find(name);
  return found == places_.end() ? nullptr : &entries_[found->second];
}

void ZipReader::compare(const ZipEntry& entry, std::uint32_t found) const {
  if (found == entry.crc32) return;
  if (entry.crc32 == 0)
    file_.fail(
        sentence("the entry '{0}' has no CRC-32, as torch saves after set_crc32_options(False), so "
                 "it cannot be verified; load the file in Python and save it again with CRC-32",
                 {entry.name}));
  file_.fail(sentence("the entry '{0}' has CRC-32 {1}, expected {2}: the file is damaged",
                      {entry.name, found, entry.crc32}));
}

std::uint64_t ZipReader::data_offset(const ZipEntry& entry) const {
  std::optional<std::uint64_t>& offset = data_offsets_[places_.at(entry.name)];
  if (!offset) offset = zip_data_offset(file_, entry);
  return *offset;
}

std::string ZipReader::read(const ZipEntry& entry) const {
  std::string bytes = file_.read_at(data_offset(entry), entry.bytes);
  compare(entry, crc32_of(std::as_bytes(std::span(bytes))));
  return bytes;
}

void ZipReader::read_part(const ZipEntry& entry, std::uint64_t offset,
                          std::span<std::byte> destination) const {
  if (offset > entry.bytes || destination.size() > entry.bytes - offset)
    file_.fail(sentence("a tensor reaches beyond the entry '{0}'", {entry.name}));
  file_.read_at(data_offset(entry) + offset, destination);
}

void ZipReader::check(const ZipEntry& entry) const {
  std::vector<std::byte> block(std::min(entry.bytes, kReadBytes));
  std::uint64_t offset = data_offset(entry);
  std::uint32_t crc32 = 0;
  for (std::uint64_t left = entry.bytes; left > 0;) {
    const auto piece = std::span(block).first(std::min(left, kReadBytes));
    file_.read_at(offset, piece);
    crc32 = crc32_of(piece, crc32);
    offset += piece.size();
    left -= piece.size();
  }
  compare(entry, crc32);
}

void ZipReader::check_between_entries() const {
  std::vector<ZipEntry> in_order = entries_;
  std::ranges::sort(in_order, {}, &ZipEntry::header_offset);
  std::vector<ZipItem> items;
  std::vector<std::uint32_t> crc32s;
  for (const ZipEntry& entry : in_order) {
    // The place in a page may be any, as in files from before it was chosen.
    items.push_back({.name = entry.name,
                     .bytes = static_cast<std::int64_t>(entry.bytes),
                     .place_in_page = static_cast<std::int64_t>(data_offset(entry))});
    crc32s.push_back(entry.crc32);
  }
  const ZipLayout layout = lay_out_zip(items);
  for (std::size_t i = 0; i < items.size(); ++i)
    compare_bytes(layout.places[i].header_offset, zip_local_header(layout.places[i], crc32s[i]),
                  sentence("the header of the entry '{0}'", {items[i].name}));
  const std::string directory = zip_directory(layout, crc32s);
  compare_bytes(layout.directory_offset, directory, sentence("the directory of the archive"));
  const auto end = static_cast<std::uint64_t>(layout.directory_offset) + directory.size();
  if (end != file_.bytes()) file_.fail(sentence("bytes follow its end: the file is damaged"));
}

void ZipReader::compare_bytes(std::int64_t offset, const std::string& expected,
                              const std::string& what) const {
  if (file_.read_at(static_cast<std::uint64_t>(offset), expected.size()) != expected)
    file_.fail(sentence("{0} is not as it was written: the file is damaged", {what}));
}

}  // namespace lockstep
