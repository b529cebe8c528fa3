// SPDX-License-Identifier: Apache-2.0
#include "export/zip_directory.h"

#include <optional>
#include <unordered_set>

#include "base/sentence.h"
#include "export/byte_cursor.h"
#include "export/zip_records.h"

namespace lockstep {
namespace {

constexpr std::uint16_t kCompressionHints = 0b110;  // bits that mean nothing for stored entries
constexpr std::uint16_t kReadableFlags =
    zip::kUtf8Names | zip::kSizesFollowData | kCompressionHints;

struct Directory {
  std::uint64_t entries = 0;
  std::uint64_t offset = 0;
  std::uint64_t bytes = 0;
};

[[noreturn]] void fail_damaged(const InputFile& file, const std::string& found) {
  file.fail(sentence("{0}: the file is damaged", {found}));
}

[[noreturn]] void fail_without_end(const InputFile& file) {
  if (file.bytes() == 0) file.fail(sentence("the file is empty"));
  const char first = file.read_at(0, 1)[0];
  if (first == 'P')
    file.fail(sentence("the end of the archive is missing: the file is truncated or damaged"));
  if (first == '\x80')
    file.fail(sentence(
        "not a zip archive but a bare pickle, as torch wrote before 1.6; load it in Python "
        "and save it again with torch.save"));
  file.fail(sentence("not a zip archive, so not a PyTorch file"));
}

// Whether a field of the old end record says the same as zip64's, or refers to it.
template <class Field>
bool agrees(Field field, std::uint64_t number) {
  return field == number || field == static_cast<Field>(-1);
}

Directory read_end_64(const InputFile& file, std::uint64_t offset, std::uint64_t locator_offset) {
  const std::string bytes = file.read_at(offset, zip::kEnd64Bytes);
  ByteCursor record(bytes, file.subject(sentence("the archive's zip64 end record")));
  const bool is_record = record.u32() == zip::kEnd64;
  const std::uint64_t size = record.u64();
  record.take(4);  // versions
  const bool one_disk = record.u64() == 0;
  Directory directory;
  const std::uint64_t entries_here = record.u64();
  directory.entries = record.u64();
  directory.bytes = record.u64();
  directory.offset = record.u64();
  if (!is_record || !one_disk || entries_here != directory.entries ||
      size != locator_offset - offset - zip::kEnd64UncountedBytes ||
      directory.offset + directory.bytes != offset)
    fail_damaged(file, sentence("the archive's zip64 end record contradicts itself"));
  return directory;
}

// The directory as the zip64 records before `end_offset` give it, if they are there.
std::optional<Directory> find_directory_64(const InputFile& file, std::uint64_t end_offset) {
  if (end_offset < zip::kEnd64LocatorBytes + zip::kEnd64Bytes) return std::nullopt;
  const std::uint64_t locator_offset = end_offset - zip::kEnd64LocatorBytes;
  const std::string bytes = file.read_at(locator_offset, zip::kEnd64LocatorBytes);
  ByteCursor locator(bytes, file.subject(sentence("the archive's zip64 locator")));
  if (locator.u32() != zip::kEnd64Locator) return std::nullopt;
  const std::uint32_t disk = locator.u32();
  const std::uint64_t offset = locator.u64();
  if (disk != 0 || locator.u32() != 1 || offset > locator_offset - zip::kEnd64Bytes)
    fail_damaged(file, sentence("the archive's zip64 locator points to nothing"));
  return read_end_64(file, offset, locator_offset);
}

Directory find_directory(const InputFile& file) {
  if (file.bytes() < zip::kEndBytes) fail_without_end(file);
  const std::uint64_t end_offset = file.bytes() - zip::kEndBytes;
  const std::string bytes = file.read_at(end_offset, zip::kEndBytes);
  ByteCursor end(bytes, file.subject(sentence("the archive's end record")));
  if (end.u32() != zip::kEnd) fail_without_end(file);
  const bool one_disk = end.u32() == 0;
  const std::uint16_t entries_here = end.u16();
  const std::uint16_t entries = end.u16();
  const std::uint32_t size = end.u32();
  const std::uint32_t offset = end.u32();
  const bool no_comment = end.u16() == 0;
  const std::optional<Directory> found = find_directory_64(file, end_offset);
  const Directory directory = found.value_or(Directory{entries, offset, size});
  const bool ends_there = found || directory.offset + directory.bytes == end_offset;
  if (!one_disk || !no_comment || entries_here != entries || !ends_there ||
      !agrees(entries, directory.entries) || !agrees(size, directory.bytes) ||
      !agrees(offset, directory.offset))
    fail_damaged(file, sentence("the archive's end record contradicts itself"));
  return directory;
}

// Sizes that an extra field of zip64 may hold in full.
struct Sizes {
  std::uint64_t original = 0;
  std::uint64_t stored = 0;
  std::uint64_t header_offset = 0;
};

void read_extra_fields(ByteCursor extra, Sizes& sizes) {
  while (extra.remaining() > 0) {
    const std::uint16_t id = extra.u16();
    const std::uint16_t count = extra.u16();
    ByteCursor field(extra.take(count), extra.subject());
    if (id != zip::kExtra64) continue;
    for (std::uint64_t* size : {&sizes.original, &sizes.stored, &sizes.header_offset}) {
      if (*size == zip::kIn64) *size = field.u64();
    }
  }
}

void check_readable(const InputFile& file, const ZipEntry& entry, std::uint16_t method) {
  if (method != zip::kStored)
    file.fail(
        sentence("the entry '{0}' is compressed (method {1}); load the file in Python and save it "
                 "again with torch.save",
                 {entry.name, method}));
  if ((entry.flags & ~kReadableFlags) != 0)
    file.fail(sentence("the entry '{0}' is encrypted or of a kind unknown here (flags {1})",
                       {entry.name, entry.flags}));
}

ZipEntry read_entry(const InputFile& file, ByteCursor& directory) {
  ZipEntry entry;
  if (directory.u32() != zip::kDirectoryEntry) directory.fail(sentence("is damaged"));
  directory.take(4);  // versions
  entry.flags = directory.u16();
  const std::uint16_t method = directory.u16();
  directory.take(4);  // time and date
  entry.crc32 = directory.u32();
  Sizes sizes;
  sizes.stored = directory.u32();
  sizes.original = directory.u32();
  const std::uint16_t name_bytes = directory.u16();
  const std::uint16_t extra_bytes = directory.u16();
  const std::uint16_t comment_bytes = directory.u16();
  const std::uint16_t disk = directory.u16();
  directory.take(6);  // attributes
  sizes.header_offset = directory.u32();
  entry.name = directory.take(name_bytes);
  read_extra_fields(ByteCursor(directory.take(extra_bytes), directory.subject()), sizes);
  directory.take(comment_bytes);
  check_readable(file, entry, method);
  if (disk != 0 || sizes.stored != sizes.original) directory.fail(sentence("contradicts itself"));
  entry.header_offset = sizes.header_offset;
  entry.bytes = sizes.original;
  return entry;
}

// Entries that overlap would let a small file take very long to check.
void check_entries(const InputFile& file, const std::vector<ZipEntry>& entries) {
  std::unordered_set<std::string> names;
  std::uint64_t room = file.bytes();
  for (const ZipEntry& entry : entries) {
    if (!names.insert(entry.name).second)
      fail_damaged(file, sentence("the entry '{0}' is there twice", {entry.name}));
    if (entry.bytes > room || entry.header_offset > file.bytes())
      fail_damaged(file,
                   sentence("the entry '{0}' reaches beyond the end of the file", {entry.name}));
    room -= entry.bytes;
  }
}

}  // namespace

std::vector<ZipEntry> read_zip_directory(const InputFile& file) {
  const Directory directory = find_directory(file);
  const std::string bytes = file.read_at(directory.offset, directory.bytes);
  ByteCursor cursor(bytes, file.subject(sentence("the archive's directory")));
  std::vector<ZipEntry> entries;
  while (cursor.remaining() > 0) entries.push_back(read_entry(file, cursor));
  if (entries.size() != directory.entries)
    cursor.fail(sentence("has another number of entries than it says"));
  check_entries(file, entries);
  return entries;
}

std::uint64_t zip_data_offset(const InputFile& file, const ZipEntry& entry) {
  const std::string bytes = file.read_at(entry.header_offset, zip::kLocalHeaderBytes);
  ByteCursor header(bytes, file.subject(sentence("the header of the entry '{0}'", {entry.name})));
  const bool is_header = header.u32() == zip::kLocalHeader;
  header.take(2);  // version
  const std::uint16_t flags = header.u16();
  const std::uint16_t method = header.u16();
  header.take(4);  // time and date
  const std::uint32_t crc32 = header.u32();
  Sizes sizes{.original = 0, .stored = header.u32(), .header_offset = 0};
  sizes.original = header.u32();
  const std::uint16_t name_bytes = header.u16();
  const std::uint16_t extra_bytes = header.u16();
  const std::uint64_t names_offset = entry.header_offset + zip::kLocalHeaderBytes;
  const std::string names = file.read_at(names_offset, std::uint64_t{name_bytes} + extra_bytes);
  ByteCursor rest(names, header.subject());
  const bool same_name = rest.take(name_bytes) == entry.name;
  read_extra_fields(rest, sizes);
  const bool sizes_later = (entry.flags & zip::kSizesFollowData) != 0;
  const bool same_sizes = sizes_later || (crc32 == entry.crc32 && sizes.stored == entry.bytes &&
                                          sizes.original == entry.bytes);
  if (!is_header || flags != entry.flags || method != zip::kStored || !same_name || !same_sizes)
    header.fail(sentence("contradicts the archive's directory: the file is damaged"));
  return names_offset + names.size();
}

}  // namespace lockstep
