// SPDX-License-Identifier: Apache-2.0
#include "export/zip_layout.h"

#include <algorithm>

#include "export/zip_records.h"

namespace lockstep {
namespace {

constexpr std::int64_t kAlignment = 64;
constexpr std::int64_t kPage = 4096;
constexpr std::uint16_t kVersion = 20;
constexpr std::uint16_t kVersion64 = 45;
constexpr std::uint16_t kMidnight = 0;
constexpr std::uint16_t kFirstOfJanuary1980 = 0x21;
constexpr std::int64_t kExtraHeaderBytes = 4;
constexpr std::int64_t kLocalExtra64Bytes = kExtraHeaderBytes + 16;

class Record {
 public:
  Record& u16(std::uint64_t value) { return number(value, 2); }
  Record& u32(std::uint64_t value) { return number(value, 4); }
  Record& u64(std::uint64_t value) { return number(value, 8); }
  Record& text(const std::string& value) {
    bytes_ += value;
    return *this;
  }
  std::string bytes() { return std::move(bytes_); }

 private:
  Record& number(std::uint64_t value, int count) {
    for (int i = 0; i < count; ++i) bytes_.push_back(static_cast<char>(value >> (8 * i)));
    return *this;
  }
  std::string bytes_;
};

bool needs_64(std::int64_t number) { return number >= std::int64_t{zip::kIn64}; }

std::uint32_t in_32(std::int64_t number) {
  return needs_64(number) ? zip::kIn64 : static_cast<std::uint32_t>(number);
}

std::uint64_t unsigned_of(std::int64_t number) { return static_cast<std::uint64_t>(number); }

std::int64_t directory_extra_bytes(const ZipPlace& place) {
  return (needs_64(place.item.bytes) ? 16 : 0) + (needs_64(place.header_offset) ? 8 : 0);
}

std::int64_t unpadded_header_bytes(const ZipItem& item) {
  return static_cast<std::int64_t>(zip::kLocalHeaderBytes + item.name.size()) +
         (needs_64(item.bytes) ? kLocalExtra64Bytes : 0) + kExtraHeaderBytes;
}

constexpr std::int64_t rounded_up(std::int64_t offset, std::int64_t alignment) {
  return (offset + alignment - 1) / alignment * alignment;
}

// The first place for the item's data from `offset` on.
std::int64_t data_place(const ZipItem& item, std::int64_t offset) {
  const std::int64_t aligned = rounded_up(offset, kAlignment);
  if (item.bytes < kLargeItemBytes || item.place_in_page % kAlignment != 0) return aligned;
  const std::int64_t in_page = item.place_in_page % kPage;
  return rounded_up(aligned - in_page, kPage) + in_page;
}

void add_directory_entry(Record& record, const ZipPlace& place, std::uint32_t crc32) {
  const std::int64_t extra_bytes = directory_extra_bytes(place);
  const std::uint16_t version = extra_bytes > 0 ? kVersion64 : kVersion;
  record.u32(zip::kDirectoryEntry).u16(version).u16(version).u16(zip::kUtf8Names);
  record.u16(zip::kStored).u16(kMidnight).u16(kFirstOfJanuary1980).u32(crc32);
  record.u32(in_32(place.item.bytes)).u32(in_32(place.item.bytes)).u16(place.item.name.size());
  record.u16(extra_bytes > 0 ? unsigned_of(extra_bytes + kExtraHeaderBytes) : 0);
  record.u16(0).u16(0).u16(0).u32(0);  // comment, disk, attributes
  record.u32(in_32(place.header_offset)).text(place.item.name);
  if (extra_bytes > 0) record.u16(zip::kExtra64).u16(unsigned_of(extra_bytes));
  if (needs_64(place.item.bytes))
    record.u64(unsigned_of(place.item.bytes)).u64(unsigned_of(place.item.bytes));
  if (needs_64(place.header_offset)) record.u64(unsigned_of(place.header_offset));
}

struct DirectorySpan {
  std::uint64_t entries;
  std::int64_t offset;
  std::int64_t bytes;

  bool is_64() const { return entries >= zip::kCountIn64 || needs_64(offset) || needs_64(bytes); }
};

void add_end_64(Record& record, const DirectorySpan& span) {
  record.u32(zip::kEnd64).u64(zip::kEnd64Bytes - zip::kEnd64UncountedBytes);
  record.u16(kVersion64).u16(kVersion64).u32(0).u32(0).u64(span.entries).u64(span.entries);
  record.u64(unsigned_of(span.bytes)).u64(unsigned_of(span.offset));
  record.u32(zip::kEnd64Locator).u32(0).u64(unsigned_of(span.offset + span.bytes)).u32(1);
}

void add_end(Record& record, const DirectorySpan& span) {
  const std::uint64_t entries = std::min<std::uint64_t>(span.entries, zip::kCountIn64);
  record.u32(zip::kEnd).u16(0).u16(0).u16(entries).u16(entries);
  record.u32(in_32(span.bytes)).u32(in_32(span.offset)).u16(0);
}

}  // namespace

ZipLayout lay_out_zip(const std::vector<ZipItem>& items) {
  ZipLayout layout;
  std::int64_t offset = 0;
  for (const ZipItem& item : items) {
    const std::int64_t data = data_place(item, offset + unpadded_header_bytes(item));
    layout.places.push_back({.item = item, .header_offset = offset, .data_offset = data});
    offset = data + item.bytes;
  }
  layout.directory_offset = offset;
  return layout;
}

std::string zip_local_header(const ZipPlace& place, std::uint32_t crc32) {
  const ZipItem& item = place.item;
  const std::int64_t extra_64 = needs_64(item.bytes) ? kLocalExtra64Bytes : 0;
  const std::int64_t padding =
      place.data_offset - place.header_offset - unpadded_header_bytes(item);
  Record record;
  record.u32(zip::kLocalHeader).u16(extra_64 > 0 ? kVersion64 : kVersion).u16(zip::kUtf8Names);
  record.u16(zip::kStored).u16(kMidnight).u16(kFirstOfJanuary1980).u32(crc32);
  record.u32(in_32(item.bytes)).u32(in_32(item.bytes)).u16(item.name.size());
  record.u16(unsigned_of(extra_64 + kExtraHeaderBytes + padding)).text(item.name);
  if (extra_64 > 0)
    record.u16(zip::kExtra64).u16(16).u64(unsigned_of(item.bytes)).u64(unsigned_of(item.bytes));
  record.u16(zip::kExtraPadding).u16(unsigned_of(padding));
  return record.text(std::string(static_cast<std::size_t>(padding), 'Z')).bytes();
}

std::string zip_directory(const ZipLayout& layout, const std::vector<std::uint32_t>& crc32s) {
  Record directory;
  for (std::size_t i = 0; i < layout.places.size(); ++i)
    add_directory_entry(directory, layout.places[i], crc32s[i]);
  std::string bytes = directory.bytes();
  const DirectorySpan span{.entries = layout.places.size(),
                           .offset = layout.directory_offset,
                           .bytes = static_cast<std::int64_t>(bytes.size())};
  Record end;
  if (span.is_64()) add_end_64(end, span);
  add_end(end, span);
  return bytes + end.bytes();
}

}  // namespace lockstep
