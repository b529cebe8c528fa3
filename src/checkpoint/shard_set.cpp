// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/shard_set.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "base/file.h"
#include "base/sentence.h"
#include "checkpoint/names.h"

namespace lockstep {
namespace {

[[noreturn]] void refuse(const std::filesystem::path& file, const std::string& found) {
  throw Error(ErrorKind::checkpoint, sentence("reading {0}", {file}) + ": " + found);
}

Manifest read_manifest(const std::filesystem::path& folder) {
  const std::filesystem::path file = folder / names::kManifest;
  return manifest_from_json(read_file(file, ErrorKind::checkpoint),
                            sentence("reading {0}", {file}));
}

std::string place_text(const ShardHeader& header) {
  return sentence("shard {0} of {1} at step {2} with the elements {3} to {4} of {5}",
                  {header.shard, header.shard_count, header.step, header.range.first,
                   header.range.last, header.elements});
}

void compare_record(const std::filesystem::path& file, const ShardFile& shard,
                    const ShardRecord& record) {
  if (shard.bytes() != record.bytes)
    refuse(file, sentence("it has {0} bytes, the manifest says {1}; the file is damaged",
                          {shard.bytes(), record.bytes}));
  const std::string digest = digest_of_digests(shard.digests());
  if (digest != record.digest)
    refuse(file, sentence("the digest of its digests is {0}, the manifest says {1}; the file is "
                          "damaged or of another checkpoint",
                          {digest, record.digest}));
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
    refuse(file, sentence("it is of a model with other tensors than the manifest says"));
  if (found != expected)
    refuse(file, sentence("it is {0}; the manifest expects {1}; the file is of another checkpoint",
                          {place_text(found), place_text(expected)}));
}

ShardSet::ShardSet(const std::filesystem::path& folder) : ShardSet(folder, read_manifest(folder)) {}

ShardSet::ShardSet(const std::filesystem::path& folder, Manifest manifest)
    : folder_(folder), manifest_(std::move(manifest)) {
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
    refuse(file, sentence("its digest is {0}, the manifest says {1}; the file is damaged",
                          {digest, manifest_.tokenizer_digest}));
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
         sentence("the chunk {0} of {1} ({2}) does not match its digest; the file is damaged",
                  {*chunk, name_of(array), tensors_in_chunk(layout(), *chunk)}));
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
