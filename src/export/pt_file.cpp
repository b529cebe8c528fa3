// SPDX-License-Identifier: Apache-2.0
#include "export/pt_file.h"

#include <bit>
#include <unordered_map>

#include "base/error.h"
#include "base/file.h"
#include "export/pickle_writer.h"
#include "export/zip_layout.h"
#include "export/zip_reader.h"

namespace lockstep {
namespace {

static_assert(std::endian::native == std::endian::little, "storages are written as they lie");

// The folder inside the archive; torch.load takes any. Fixed, so that equal content gives equal
// bytes whatever the file is called.
const std::string kArchive = "archive/";
constexpr std::string_view kByteOrder = "little";
constexpr std::string_view kVersion = "3\n";  // of the archive: what torch 1.6 and later read

std::string storage_entry(const std::string& key) { return kArchive + "data/" + key; }

std::int64_t size_of(std::string_view bytes) { return static_cast<std::int64_t>(bytes.size()); }

// torch also writes .format_version, .storage_alignment and .data/serialization_id. The first lets
// torch compute offsets by the rules of its own zip writer, which ours does not follow; without
// them it reads the offsets from the file.
std::vector<ZipItem> items_of(std::int64_t pickle_bytes, const std::vector<ZipItem>& storages) {
  std::vector<ZipItem> items{{kArchive + "data.pkl", pickle_bytes},
                             {kArchive + "byteorder", size_of(kByteOrder)}};
  items.insert(items.end(), storages.begin(), storages.end());
  items.push_back({kArchive + "version", size_of(kVersion)});
  return items;
}

[[noreturn]] void fail(const std::filesystem::path& path, const std::string& found) {
  throw Error(ErrorKind::checkpoint, "writing " + path.string() + ": " + found);
}

// Compares the tensors of a tree with the storages they are views of.
class StorageCheck {
 public:
  StorageCheck(const std::filesystem::path& path, const std::vector<PtStorage>& storages)
      : path_(path) {
    for (const PtStorage& storage : storages) {
      const auto bytes = static_cast<std::int64_t>(storage.bytes.size());
      if (!bytes_.emplace(storage.key, bytes).second)
        fail(path_, "the storage '" + storage.key + "' is given twice");
    }
  }

  void check(const PtValue& value) const {
    if (const auto* tensor = value.as<PtTensor>()) check_tensor(*tensor);
    if (const auto* list = value.as<PtList>()) check_all(*list);
    if (const auto* tuple = value.as<PtTuple>()) check_all(tuple->items);
    if (const auto* dict = value.as<PtDict>()) {
      for (const auto& [key, item] : dict->items) check(item);
    }
  }

 private:
  void check_all(const std::vector<PtValue>& values) const {
    for (const PtValue& value : values) check(value);
  }

  void check_tensor(const PtTensor& tensor) const {
    const auto found = bytes_.find(tensor.storage);
    if (found == bytes_.end()) fail(path_, "the storage '" + tensor.storage + "' is missing");
    const std::int64_t expected = tensor.storage_elements * bytes_per_element(tensor.dtype);
    if (found->second != expected)
      fail(path_, "the storage '" + tensor.storage + "' has " + std::to_string(found->second) +
                      " bytes, but its tensor needs " + std::to_string(expected));
  }

  const std::filesystem::path& path_;
  std::unordered_map<std::string, std::int64_t> bytes_;
};

}  // namespace

std::int64_t write_pt_file(const std::filesystem::path& path, const PtValue& root,
                           const std::vector<PtStorage>& storages) {
  StorageCheck(path, storages).check(root);
  const std::string pickle = write_pickle(root);
  std::vector<ZipItem> items;
  std::vector<std::span<const std::byte>> contents{std::as_bytes(std::span(pickle)),
                                                   std::as_bytes(std::span(kByteOrder))};
  for (const PtStorage& storage : storages) {
    items.push_back({storage_entry(storage.key), static_cast<std::int64_t>(storage.bytes.size())});
    contents.push_back(storage.bytes);
  }
  contents.push_back(std::as_bytes(std::span(kVersion)));
  const ZipLayout layout = lay_out_zip(items_of(size_of(pickle), items));

  DraftFile draft(path, ErrorKind::checkpoint);
  std::vector<std::uint32_t> crc32s;
  for (std::size_t i = 0; i < contents.size(); ++i) {
    crc32s.push_back(crc32_of(contents[i]));
    draft.write(zip_local_header(layout.places[i], crc32s[i]));
    draft.write(contents[i]);
  }
  draft.write(zip_directory(layout, crc32s));
  draft.commit();
  return draft.bytes_written();
}

std::int64_t pt_file_bytes(const PtValue& root, const std::vector<std::int64_t>& storage_bytes) {
  std::vector<ZipItem> items;
  items.reserve(storage_bytes.size());
  for (const std::int64_t bytes : storage_bytes)
    items.push_back({storage_entry(std::to_string(items.size())), bytes});
  const ZipLayout layout = lay_out_zip(items_of(size_of(write_pickle(root)), items));
  const std::vector<std::uint32_t> any_crc32s(layout.places.size(), 0);
  return layout.directory_offset + size_of(zip_directory(layout, any_crc32s));
}

}  // namespace lockstep
