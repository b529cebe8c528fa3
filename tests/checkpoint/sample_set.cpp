// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/sample_set.h"

#include <array>
#include <cstdio>
#include <fstream>

#include "base/file.h"
#include "checkpoint/names.h"

namespace lockstep::test {
namespace {

namespace fs = std::filesystem;
constexpr const char* kTokenizer = "the tokenizer's bytes";

ShardRecord write_sample_shard(const fs::path& folder, const SampleState& state,
                               const ShardHeader& header) {
  const std::string name = sample_file(header.shard, header.shard_count);
  const StateDigests digests = write_shard(folder / name, header, slice_of(state, header.range));
  return {.file = name,
          .range = header.range,
          .bytes = static_cast<std::int64_t>(fs::file_size(folder / name)),
          .digest = digest_of_digests(digests)};
}

}  // namespace

StateDigests digests_of(const SampleState& state) {
  StateDigests digests;
  for (const StateArray array : kStateArrays) digests[array] = chunk_digests(state[array]);
  return digests;
}

FlatLayout sample_layout() {
  return FlatLayout({{"wte.weight", {300, 128}},
                     {"conv.weight", {7, 5, 3, 4}},
                     {"ln.bias", {128}},
                     {"scale", {}},
                     {"mlp.weight", {128, 200}}});
}

SampleState sample_state(std::int64_t elements) {
  SampleState state;
  float offset = 0.25F;
  for (const StateArray array : kStateArrays) {
    for (std::int64_t i = 0; i < elements; ++i)
      state[array].push_back(static_cast<float>(i) + offset);
    offset += 0.25F;
  }
  return state;
}

StateSlice slice_of(const SampleState& state, ElementRange range) {
  StateSlice slice{.range = range};
  for (const StateArray array : kStateArrays)
    slice.values[array] = std::span(state[array])
                              .subspan(static_cast<std::size_t>(range.first),
                                       static_cast<std::size_t>(range.count()));
  return slice;
}

ShardHeader sample_header(const FlatLayout& layout, std::int64_t shard, std::int64_t shard_count) {
  return {.shard = shard,
          .shard_count = shard_count,
          .elements = layout.elements(),
          .range = shard_range(layout.elements(), shard, shard_count),
          .step = kSampleStep,
          .layout_digest = layout_digest(layout)};
}

std::string sample_file(std::int64_t shard, std::int64_t shard_count) {
  std::array<char, 64> name{};
  std::snprintf(name.data(), name.size(), "shard_%05d_of_%05d.h5", static_cast<int>(shard),
                static_cast<int>(shard_count));
  return name.data();
}

Manifest write_sample_set(const fs::path& folder, const FlatLayout& layout,
                          std::int64_t shard_count) {
  const SampleState state = sample_state(layout.elements());
  Manifest manifest{.set = "epoch_0003", .layout = layout};
  manifest.state.epoch = 3;
  manifest.state.step = kSampleStep;
  for (std::int64_t shard = 0; shard < shard_count; ++shard)
    manifest.shards.push_back(
        write_sample_shard(folder, state, sample_header(layout, shard, shard_count)));
  manifest.root = state_root(layout, digests_of(state));
  manifest.tokenizer_kind = "byte";
  manifest.tokenizer_digest = digest_of(std::string(kTokenizer));
  manifest.saved_at = "2026-01-31T12:00:00Z";
  write_durably(folder / names::kTokenizerFile, kTokenizer, ErrorKind::checkpoint);
  write_manifest(folder, manifest);
  return manifest;
}

void write_manifest(const fs::path& folder, const Manifest& manifest) {
  write_durably(folder / names::kManifest, manifest_to_json(manifest), ErrorKind::checkpoint);
}

std::string bytes_in(const fs::path& file) { return read_file(file, ErrorKind::checkpoint); }

}  // namespace lockstep::test
