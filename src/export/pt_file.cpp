// SPDX-License-Identifier: Apache-2.0
#include "export/pt_file.h"

#include <bit>
#include <cassert>
#include <span>

#include "export/crc32.h"

namespace lockstep {
namespace {

static_assert(std::endian::native == std::endian::little, "storages are written as they lie");

// The folder inside the archive; torch.load takes any. Fixed, so that equal content gives equal
// bytes whatever the file is called.
const std::string kFolder = "archive/";
constexpr std::string_view kByteOrder = "little";
constexpr std::string_view kArchiveVersion =
    "3\n";  // of the archive: what torch 1.6 and later read

// The places of the entries: pickle, byte order, storages, version.
constexpr std::size_t kPicklePlace = 0;
constexpr std::size_t kByteOrderPlace = 1;
constexpr std::size_t kFirstStoragePlace = 2;

std::int64_t size_of(std::string_view bytes) { return static_cast<std::int64_t>(bytes.size()); }

std::uint32_t crc32_of_text(std::string_view text) {
  return crc32_of(std::as_bytes(std::span(text)));
}

// torch also writes .format_version, .storage_alignment and .data/serialization_id. The first lets
// torch compute offsets by the rules of its own zip writer, which ours does not follow; without
// them it reads the offsets from the file.
std::vector<ZipItem> items_of(std::int64_t pickle_bytes,
                              const std::vector<PtStorageSize>& storages) {
  std::vector<ZipItem> items{{kFolder + "data.pkl", pickle_bytes},
                             {kFolder + "byteorder", size_of(kByteOrder)}};
  for (std::size_t i = 0; i < storages.size(); ++i)
    items.push_back({.name = kFolder + "data/" + std::to_string(i),
                     .bytes = storages[i].bytes,
                     .place_in_page = storages[i].place_in_page});
  items.push_back({kFolder + "version", size_of(kArchiveVersion)});
  return items;
}

void write_text(SharedFile& file, std::int64_t offset, std::string_view text) {
  file.write_at(offset, std::as_bytes(std::span(text)));
}

}  // namespace

PtArchive::PtArchive(std::int64_t pickle_bytes, const std::vector<PtStorageSize>& storages)
    : zip_(lay_out_zip(items_of(pickle_bytes, storages))) {}

std::int64_t PtArchive::file_bytes() const {
  const std::vector<std::uint32_t> any_crc32s(zip_.places.size(), 0);
  return zip_.directory_offset + size_of(zip_directory(zip_, any_crc32s));
}

std::int64_t PtArchive::storage_offset(std::size_t storage) const {
  return zip_.places[kFirstStoragePlace + storage].data_offset;
}

void PtArchive::write_frame(SharedFile& file, const std::string& pickle,
                            const std::vector<std::uint32_t>& storage_crc32s) const {
  assert(size_of(pickle) == zip_.places[kPicklePlace].item.bytes);
  assert(storage_crc32s.size() + 3 == zip_.places.size());
  std::vector<std::uint32_t> crc32s{crc32_of_text(pickle), crc32_of_text(kByteOrder)};
  crc32s.insert(crc32s.end(), storage_crc32s.begin(), storage_crc32s.end());
  crc32s.push_back(crc32_of_text(kArchiveVersion));
  for (std::size_t i = 0; i < crc32s.size(); ++i)
    write_text(file, zip_.places[i].header_offset, zip_local_header(zip_.places[i], crc32s[i]));
  write_text(file, zip_.places[kPicklePlace].data_offset, pickle);
  write_text(file, zip_.places[kByteOrderPlace].data_offset, kByteOrder);
  write_text(file, zip_.places.back().data_offset, kArchiveVersion);
  write_text(file, zip_.directory_offset, zip_directory(zip_, crc32s));
}

}  // namespace lockstep
