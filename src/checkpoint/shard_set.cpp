// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/shard_set.h"

#include <algorithm>
#include <cassert>

#include "base/file.h"
#include "checkpoint/names.h"

namespace lockstep {
namespace {

[[noreturn]] void refuse(const std::filesystem::path& file, const std::string& found) {
  throw Error(ErrorKind::checkpoint, "reading " + file.string() + ": " + found);
}

Manifest read_manifest(const std::filesystem::path& folder) {
  const std::filesystem::path file = folder / names::kManifest;
  return manifest_from_json(read_file(file, ErrorKind::checkpoint), "reading " + file.string());
}

std::string place_text(const ShardHeader& header) {
  return "shard " + std::to_string(header.shard) + " of " + std::to_string(header.shard_count) +
         " at step " + std::to_string(header.step) + " with the elements " +
         std::to_string(header.range.first) + " to " + std::to_string(header.range.last) + " of " +
         std::to_string(header.elements);
}

void compare_record(const std::filesystem::path& file, const ShardFile& shard,
                    const ShardRecord& record) {
  if (shard.bytes() != record.bytes)
    refuse(file, "it has " + std::to_string(shard.bytes()) + " bytes, the manifest says " +
                     std::to_string(record.bytes) + "; the file is damaged");
  const std::string digest = digest_of_digests(shard.digests());
  if (digest != record.digest)
    refuse(file, "the digest of its digests is " + digest + ", the manifest says " + record.digest +
                     "; the file is damaged or of another checkpoint");
}

ElementRange overlap(ElementRange one, ElementRange other) {
  const std::int64_t first = std::max(one.first, other.first);
  return {first, std::max(first, std::min(one.last, other.last))};
}

// The number, in the flat space, of the first chunk whose digest is not that of its elements.
std::optional<std::int64_t> wrong_chunk(const ShardFile& shard, StateArray array,
                                        ElementRange range, std::span<const float> values) {
  const std::int64_t before = (range.first - shard.header().range.first) / kChunkElements;
  const ChunkDigests found = chunk_digests(values);
  const auto expected = shard.digests()[array].begin() + before;
  const auto [place, ignored] = std::mismatch(found.begin(), found.end(), expected);
  if (place == found.end()) return std::nullopt;
  return range.first / kChunkElements + (place - found.begin());
}

}  // namespace

ShardHeader expected_header(const Manifest& manifest, std::size_t shard) {
  return {.shard = static_cast<std::int64_t>(shard),
          .shard_count = std::ssize(manifest.shards),
          .elements = manifest.layout.elements(),
          .range = manifest.shards[shard].range,
          .step = manifest.state.step,
          .layout_digest = layout_digest(manifest.layout)};
}

void compare_headers(const std::filesystem::path& file, const ShardHeader& found,
                     const ShardHeader& expected) {
  if (found.layout_digest != expected.layout_digest)
    refuse(file, "it is of a model with other tensors than the manifest says");
  if (found != expected)
    refuse(file, "it is " + place_text(found) + "; the manifest expects " + place_text(expected) +
                     "; the file is of another checkpoint");
}

ShardSet::ShardSet(const std::filesystem::path& folder)
    : folder_(folder), manifest_(read_manifest(folder)) {
  for (std::size_t i = 0; i < manifest_.shards.size(); ++i) {
    const std::filesystem::path file = folder_ / manifest_.shards[i].file;
    ShardFile shard(file);
    compare_headers(file, shard.header(), expected_header(manifest_, i));
    compare_record(file, shard, manifest_.shards[i]);
    shards_.push_back(std::move(shard));
  }
}

StoredTokenizer ShardSet::tokenizer() const {
  const std::filesystem::path file = folder_ / names::kTokenizerFile;
  StoredTokenizer tokenizer{.kind = manifest_.tokenizer_kind,
                            .serialized = read_file(file, ErrorKind::checkpoint)};
  const std::string digest = digest_of(tokenizer.serialized);
  if (digest != manifest_.tokenizer_digest)
    refuse(file, "its digest is " + digest + ", the manifest says " + manifest_.tokenizer_digest +
                     "; the file is damaged");
  return tokenizer;
}

void ShardSet::read(StateArray array, ElementRange range, std::span<float> destination) const {
  assert(range.first % kChunkElements == 0 && std::ssize(destination) == range.count());
  for (std::size_t i = 0; i < shards_.size(); ++i) {
    const ElementRange here = overlap(range, shards_[i].header().range);
    for (std::int64_t first = here.first; first < here.last; first += kShardBlockElements)
      read_block(i, array, {first, std::min(first + kShardBlockElements, here.last)},
                 destination.subspan(static_cast<std::size_t>(first - range.first)));
  }
}

void ShardSet::read_block(std::size_t shard, StateArray array, ElementRange range,
                          std::span<float> destination) const {
  const std::span<float> values = destination.first(static_cast<std::size_t>(range.count()));
  shards_[shard].read(array, range, values);
  const std::optional<std::int64_t> chunk = wrong_chunk(shards_[shard], array, range, values);
  if (!chunk) return;
  refuse(folder_ / manifest_.shards[shard].file,
         "the chunk " + std::to_string(*chunk) + " of " + std::string(name_of(array)) + " (" +
             tensors_in_chunk(layout(), *chunk) +
             ") does not match its digest; the file is damaged");
}

std::optional<StateDigests> ShardSet::digests() const {
  StateDigests all;
  for (const ShardFile& shard : shards_)
    for (const StateArray array : kStateArrays)
      all[array].insert(all[array].end(), shard.digests()[array].begin(),
                        shard.digests()[array].end());
  return all;
}

}  // namespace lockstep
