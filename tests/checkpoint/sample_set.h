// SPDX-License-Identifier: Apache-2.0
// A small state of four chunks, and a checkpoint set of it.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "checkpoint/manifest.h"
#include "checkpoint/shard_file.h"

namespace lockstep::test {

// Matrices, a vector, a scalar and four dimensions; 64,549 elements.
FlatLayout sample_layout();

// Every element of every array has a value of its own.
using SampleState = PerArray<std::vector<float>>;
SampleState sample_state(std::int64_t elements);
StateDigests digests_of(const SampleState& state);
StateSlice slice_of(const SampleState& state, ElementRange range);

inline constexpr std::int64_t kSampleStep = 120;
ShardHeader sample_header(const FlatLayout& layout, std::int64_t shard, std::int64_t shard_count);

// "shard_00000_of_00004.h5"
std::string sample_file(std::int64_t shard, std::int64_t shard_count);

// Writes the shards, the tokenizer's file and the manifest of the sample state.
Manifest write_sample_set(const std::filesystem::path& folder, const FlatLayout& layout,
                          std::int64_t shard_count);
void write_manifest(const std::filesystem::path& folder, const Manifest& manifest);

std::string bytes_in(const std::filesystem::path& file);

}  // namespace lockstep::test
