// SPDX-License-Identifier: Apache-2.0
#include "export/training_draft.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "base/error.h"
#include "base/sentence.h"
#include "export/crc32.h"
#include "export/pickle_writer.h"
#include "export/pt_file.h"
#include "export/pt_pieces.h"
#include "export/tensor_parts.h"
#include "export/training_tree.h"

namespace lockstep {
namespace {

constexpr std::size_t kBlockBytes = std::size_t{1} << 20;  // stays in the processor's cache
constexpr std::int64_t kFloatBytes = sizeof(float);

[[noreturn]] void fail_filling(const std::string& found) {
  throw Error(ErrorKind::checkpoint, sentence("finishing a .pt file: {0}", {found}));
}

// Blocks end at multiples of their size in the file: all but a storage's ends are whole pages of
// the disk, wherever the storage begins.
std::size_t bytes_to_block_edge(std::int64_t place) {
  return kBlockBytes - static_cast<std::size_t>(place) % kBlockBytes;
}

// The bytes of the storages that no rank writes, in order and in blocks.
class KnownBytes {
 public:
  KnownBytes(SharedFile& file, std::int64_t offset) : file_(file), offset_(offset) {}

  void add(std::span<const std::byte> bytes) {
    file_.write_at(offset_, bytes);
    offset_ += static_cast<std::int64_t>(bytes.size());
    crc32_ = crc32_of(bytes, crc32_);
  }
  std::uint32_t crc32() const { return crc32_; }

 private:
  SharedFile& file_;
  std::int64_t offset_;
  std::uint32_t crc32_ = 0;
};

// Ones on and below the diagonal. A mask can be large, so a few rows at a time.
void add_mask(KnownBytes& bytes, std::int64_t positions) {
  const auto columns = static_cast<std::size_t>(positions);
  std::vector<float> rows;
  for (std::size_t row = 0; row < columns; ++row) {
    rows.insert(rows.end(), row + 1, 1.0F);
    rows.insert(rows.end(), columns - row - 1, 0.0F);
    const bool is_full = rows.size() * sizeof(float) >= kBlockBytes || row + 1 == columns;
    if (!is_full) continue;
    bytes.add(std::as_bytes(std::span(rows)));
    rows.clear();
  }
}

std::uint32_t write_known(SharedFile& file, std::int64_t offset, const StorageContent& content,
                          const StateDigests& digests) {
  KnownBytes bytes(file, offset);
  if (const auto* mask = std::get_if<CausalMask>(&content)) add_mask(bytes, mask->positions);
  if (const auto* text = std::get_if<std::string>(&content))
    bytes.add(std::as_bytes(std::span(*text)));
  if (std::holds_alternative<DigestTable>(content)) {
    for (const StateArray array : kStateArrays) bytes.add(std::as_bytes(std::span(digests[array])));
  }
  return bytes.crc32();
}

void check_seal(const FlatLayout& layout, const StateDigests& digests, const std::string& root) {
  const auto chunks = static_cast<std::size_t>(chunk_count(layout.elements()));
  for (const StateArray array : kStateArrays) {
    if (digests[array].size() != chunks)
      fail_filling(sentence("there are {0} digests of {1}, expected {2}",
                            {digests[array].size(), name_of(array), chunks}));
  }
  if (root.size() != kRootDigits)
    fail_filling(sentence("the state's root '{0}' does not have 64 digits", {root}));
}

// Ranks hold their ranges in memory that begins with a page, and the ranges begin with a whole
// number of pages of the flat space: so a tensor's place there says where in a page it lies.
std::vector<PtStorageSize> sizes_of(const FlatLayout& layout,
                                    const std::vector<TrainingStorage>& storages) {
  std::vector<PtStorageSize> sizes;
  sizes.reserve(storages.size());
  for (const TrainingStorage& storage : storages) {
    const auto* values = std::get_if<TensorValues>(&storage.content);
    sizes.push_back({.bytes = storage.bytes,
                     .place_in_page = values == nullptr
                                          ? 0
                                          : layout.tensors()[values->place].offset * kFloatBytes});
  }
  return sizes;
}

StoragesToFill storages_to_fill(const std::vector<TrainingStorage>& storages) {
  StoragesToFill fill;
  for (const TrainingStorage& storage : storages) {
    const bool has_values = std::holds_alternative<TensorValues>(storage.content);
    fill.push_back(has_values ? std::optional(storage.bytes) : std::nullopt);
  }
  return fill;
}

// A reader verifies whole chunks.
std::vector<float> elements_of(const StateReader& state, StateArray array, ElementRange range) {
  const std::int64_t first = range.first / kChunkElements * kChunkElements;
  const std::int64_t last =
      std::min(chunk_count(range.last) * kChunkElements, state.layout().elements());
  std::vector<float> chunks(as_size(last - first));
  state.read(array, {first, last}, chunks);
  const std::span<float> found = std::span(chunks).subspan(as_size(range.first - first));
  return {found.begin(), found.begin() + range.count()};
}

std::int64_t pickle_bytes(const PtValue& root) {
  return static_cast<std::int64_t>(write_pickle(root).size());
}

}  // namespace

struct TrainingFilePlan::Places {
  Places(TrainingContent&& given, TrainingTree&& tree)
      : content(std::move(given)),
        storages(std::move(tree.storages)),
        archive(pickle_bytes(tree.root), sizes_of(content.layout, storages)) {
    for (std::size_t i = 0; i < storages.size(); ++i) {
      const auto* values = std::get_if<TensorValues>(&storages[i].content);
      if (values == nullptr) continue;
      storage_of[values->array].resize(content.layout.tensors().size());
      storage_of[values->array][values->place] = i;
    }
  }

  std::string name_of_storage(std::size_t storage) const {
    const auto& values = std::get<TensorValues>(storages[storage].content);
    return sentence("{0} of {1}",
                    {name_of(values.array), content.layout.tensors()[values.place].spec.name});
  }

  // Where elements of one tensor lie in the file.
  FileRange range_of(StateArray array, std::size_t tensor, ElementRange elements) const {
    const std::int64_t before = elements.first - content.layout.tensors()[tensor].offset;
    const std::int64_t first =
        archive.storage_offset(storage_of[array][tensor]) + before * kFloatBytes;
    return {first, first + elements.count() * kFloatBytes};
  }

  TrainingContent content;
  std::vector<TrainingStorage> storages;
  PtArchive archive;
  // The storage of each tensor of the layout; empty for an array that is not in the file.
  PerArray<std::vector<std::size_t>> storage_of;
};

TrainingFilePlan::TrainingFilePlan(TrainingContent content) {
  TrainingTree tree = training_tree(content, std::string(kRootDigits, '0'));
  places_ = std::make_unique<Places>(std::move(content), std::move(tree));
}
TrainingFilePlan::~TrainingFilePlan() = default;
TrainingFilePlan::TrainingFilePlan(TrainingFilePlan&&) noexcept = default;

std::int64_t TrainingFilePlan::file_bytes() const { return places_->archive.file_bytes(); }

SharedPages TrainingFilePlan::shared_pages(const std::vector<ElementRange>& parts) const {
  std::vector<RankBytes> runs;
  for (std::size_t rank = 0; rank < parts.size(); ++rank) {
    for (const StateArray array : kStateArrays) {
      if (places_->storage_of[array].empty()) continue;
      for_each_part(
          places_->content.layout, parts[rank], [&](std::size_t tensor, ElementRange part) {
            runs.push_back({.range = places_->range_of(array, tensor, part), .rank = rank});
          });
    }
  }
  return SharedPages(std::move(runs));
}

TrainingFilePart::TrainingFilePart(const TrainingFilePlan& plan, SharedFile& file,
                                   SharedPages left_out)
    : plan_(plan), file_(file), left_out_(std::move(left_out)) {}

void TrainingFilePart::write(StateArray array, ElementRange range, std::span<const float> values) {
  assert(static_cast<std::int64_t>(values.size()) == range.count());
  const std::vector<std::size_t>& storages = plan_.places_->storage_of[array];
  if (storages.empty()) return;
  const FlatLayout& layout = plan_.places_->content.layout;
  for_each_part(layout, range, [&](std::size_t place, ElementRange part) {
    const std::int64_t first = (part.first - layout.tensors()[place].offset) * kFloatBytes;
    write_bytes(array, static_cast<std::int64_t>(storages[place]), first,
                std::as_bytes(values.subspan(static_cast<std::size_t>(part.first - range.first),
                                             static_cast<std::size_t>(part.count()))));
  });
}

void TrainingFilePart::write_bytes(StateArray array, std::int64_t storage, std::int64_t first,
                                   std::span<const std::byte> bytes) {
  std::optional<std::size_t>& open = open_pieces_[array];
  const bool follows = open && pieces_[*open].storage == storage &&
                       pieces_[*open].first + pieces_[*open].bytes == first;
  if (!follows) {
    open = pieces_.size();
    pieces_.push_back({.storage = storage, .first = first});
  }
  PtPiece& piece = pieces_[*open];
  const std::int64_t start =
      plan_.places_->archive.storage_offset(static_cast<std::size_t>(storage));
  while (!bytes.empty()) {
    const std::int64_t place = start + piece.first + piece.bytes;
    const auto block = bytes.first(std::min(bytes.size(), bytes_to_block_edge(place)));
    piece.crc32 = crc32_of(block, piece.crc32);
    for (const FileRange& own : left_out_.outside({place, place + std::ssize(block)}))
      file_.write_at(own.first,
                     block.subspan(as_size(own.first - place), as_size(own.last - own.first)));
    piece.bytes += static_cast<std::int64_t>(block.size());
    bytes = bytes.subspan(block.size());
  }
}

void write_shared_pages(const TrainingFilePlan& plan, SharedFile& file, const SharedPages& pages,
                        const StateReader& state) {
  const TrainingFilePlan::Places& places = *plan.places_;
  for (const StateArray array : kStateArrays) {
    for (std::size_t i = 0; i < places.storage_of[array].size(); ++i) {
      const FlatTensor& tensor = places.content.layout.tensors()[i];
      const FileRange whole =
          places.range_of(array, i, {tensor.offset, tensor.offset + tensor.elements});
      for (const FileRange& part : pages.inside(whole)) {
        const ElementRange elements = {tensor.offset + (part.first - whole.first) / kFloatBytes,
                                       tensor.offset + (part.last - whole.first) / kFloatBytes};
        file.write_at(part.first,
                      std::as_bytes(std::span<const float>(elements_of(state, array, elements))));
      }
    }
  }
}

void finish_training_file(const TrainingFilePlan& plan, SharedFile& file,
                          std::vector<PtPiece> pieces, const StateDigests& digests,
                          const std::string& root) {
  const TrainingFilePlan::Places& places = *plan.places_;
  check_seal(places.content.layout, digests, root);
  std::vector<std::uint32_t> crc32s =
      joined_crc32s(storages_to_fill(places.storages), std::move(pieces),
                    [&](std::size_t storage) { return places.name_of_storage(storage); });
  for (std::size_t i = 0; i < places.storages.size(); ++i) {
    const StorageContent& content = places.storages[i].content;
    if (std::holds_alternative<TensorValues>(content)) continue;
    crc32s[i] = write_known(file, places.archive.storage_offset(i), content, digests);
  }
  places.archive.write_frame(file, write_pickle(training_tree(places.content, root).root), crc32s);
}

}  // namespace lockstep
