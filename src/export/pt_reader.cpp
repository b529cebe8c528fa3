// SPDX-License-Identifier: Apache-2.0
#include "export/pt_reader.h"

#include <algorithm>
#include <cassert>
#include <optional>
#include <string_view>
#include <vector>

#include "base/digest.h"
#include "base/error.h"
#include "base/sentence.h"
#include "export/pickle_reader.h"
#include "export/pickle_writer.h"
#include "export/strided_copy.h"
#include "export/zip_reader.h"

namespace lockstep {
namespace {

constexpr std::string_view kLittle = "little";

}  // namespace

struct PtReader::Archive {
  explicit Archive(const std::filesystem::path& path)
      : zip(path), name(archive_name()), root(read_root()) {
    check_byte_order();
    check_storages(root);
  }

  // All entries lie in one folder, named after the file that torch.save wrote first.
  std::string archive_name() const {
    if (zip.entries().empty())
      zip.file().fail(sentence("the archive is empty, so not a PyTorch file"));
    const std::string& first = zip.entries().front().name;
    return first.substr(0, first.find('/'));
  }

  std::string pickle() const {
    const ZipEntry* const entry = zip.find(name + "/data.pkl");
    if (entry == nullptr)
      zip.file().fail(
          sentence("the archive has no entry '{0}', so is no PyTorch file", {name + "/data.pkl"}));
    if (entry->bytes > kMaxPickleBytes)
      zip.file().fail(sentence("the pickle is larger than 64 MiB, so not that of a checkpoint"));
    return zip.read(*entry);
  }

  PtValue read_root() const {
    return read_pickle(pickle(), zip.file().subject(sentence("the pickle")));
  }

  void check_byte_order() const {
    const ZipEntry* const entry = zip.find(name + "/byteorder");
    if (entry == nullptr) return;  // torch before 2.1 wrote little-endian files without it
    const bool is_little = entry->bytes == kLittle.size() && zip.read(*entry) == kLittle;
    if (!is_little) zip.file().fail(sentence("its numbers are not little-endian"));
  }

  const ZipEntry& storage(const PtTensor& tensor) const {
    const ZipEntry* const entry = zip.find(name + "/data/" + tensor.storage);
    if (entry == nullptr)
      zip.file().fail(sentence("the entry '{0}' is missing", {name + "/data/" + tensor.storage}));
    return *entry;
  }

  void check_storage(const PtTensor& tensor) const {
    const ZipEntry& entry = storage(tensor);
    const auto width = static_cast<std::uint64_t>(bytes_per_element(tensor.dtype));
    const auto elements = static_cast<std::uint64_t>(tensor.storage_elements);
    if (entry.bytes % width != 0 || entry.bytes / width != elements)
      zip.file().fail(
          sentence("the entry '{0}' has {1} bytes, but the pickle says {2} elements of {3}",
                   {entry.name, entry.bytes, elements, dtype_name(tensor.dtype)}));
  }

  void check_storages(const std::vector<PtValue>& values) const {
    for (const PtValue& value : values) check_storages(value);
  }

  void check_storages(const PtValue& value) const {
    if (const auto* tensor = value.as<PtTensor>()) check_storage(*tensor);
    if (const auto* list = value.as<PtList>()) check_storages(*list);
    if (const auto* tuple = value.as<PtTuple>()) check_storages(tuple->items);
    if (const auto* dict = value.as<PtDict>()) {
      for (const auto& [key, item] : dict->items) check_storages(item);
    }
  }

  static std::uint64_t bytes_of(const PtTensor& tensor) {
    return static_cast<std::uint64_t>(element_count(tensor.shape)) *
           static_cast<std::uint64_t>(bytes_per_element(tensor.dtype));
  }

  // From the byte `skipped` of the tensor on.
  void read_row_major(const PtTensor& tensor, std::uint64_t skipped,
                      std::span<std::byte> destination) const {
    const auto width = static_cast<std::uint64_t>(bytes_per_element(tensor.dtype));
    const std::uint64_t start = static_cast<std::uint64_t>(tensor.offset) * width;
    zip.read_part(storage(tensor), start + skipped, destination);
  }

  void gather(const PtTensor& tensor, std::span<std::byte> destination) const {
    const auto width = static_cast<std::uint64_t>(bytes_per_element(tensor.dtype));
    std::vector<std::byte> view(static_cast<std::uint64_t>(view_extent(tensor)) * width);
    read_row_major(tensor, 0, view);
    copy_row_major(tensor, view, destination);
  }

  std::span<const std::byte> gathered_bytes(const PtTensor& tensor) {
    if (gathered != tensor) {
      gathered.reset();
      gathered_tensor.resize(bytes_of(tensor));
      gather(tensor, gathered_tensor);
      gathered = tensor;
    }
    return gathered_tensor;
  }

  ZipReader zip;
  std::string name;
  PtValue root;
  std::optional<PtTensor> gathered;  // the view whose elements are in gathered_tensor
  std::vector<std::byte> gathered_tensor;
};

PtReader::PtReader(const std::filesystem::path& path) : archive_(std::make_unique<Archive>(path)) {}
PtReader::~PtReader() = default;
PtReader::PtReader(PtReader&&) noexcept = default;
PtReader& PtReader::operator=(PtReader&&) noexcept = default;

const PtValue& PtReader::root() const { return archive_->root; }

std::int64_t PtReader::file_bytes() const {
  return static_cast<std::int64_t>(archive_->zip.file().bytes());
}

void PtReader::read_tensor(const PtTensor& tensor, std::span<std::byte> destination) const {
  assert(destination.size() == archive_->bytes_of(tensor));
  if (destination.empty()) return;
  if (is_row_major(tensor)) return archive_->read_row_major(tensor, 0, destination);
  archive_->gather(tensor, destination);
}

void PtReader::read_elements(const PtTensor& tensor, std::int64_t first,
                             std::span<std::byte> destination) const {
  if (destination.empty()) return;
  const std::uint64_t skipped = static_cast<std::uint64_t>(first) *
                                static_cast<std::uint64_t>(bytes_per_element(tensor.dtype));
  assert(skipped + destination.size() <= archive_->bytes_of(tensor));
  if (is_row_major(tensor)) return archive_->read_row_major(tensor, skipped, destination);
  const std::span<const std::byte> all = archive_->gathered_bytes(tensor);
  std::ranges::copy(all.subspan(skipped, destination.size()), destination.begin());
}

std::string PtReader::read_storage(const PtTensor& tensor) const {
  return archive_->zip.read(archive_->storage(tensor));
}

bool PtReader::has_our_pickle() const { return archive_->pickle() == write_pickle(root()); }

void PtReader::check_between_entries() const { archive_->zip.check_between_entries(); }

std::string PtReader::content_digest() const {
  std::string sums;
  for (const ZipEntry& entry : archive_->zip.entries())
    sums += std::to_string(entry.bytes) + ":" + std::to_string(entry.crc32) + "\n";
  return digest_of(sums);
}

void PtReader::check_all_bytes() const {
  for (const ZipEntry& entry : archive_->zip.entries()) archive_->zip.check(entry);
}

}  // namespace lockstep
