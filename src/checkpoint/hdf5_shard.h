// SPDX-License-Identifier: Apache-2.0
// The structure of a shard file: HDF5 datasets of fixed size and place, so that their values are
// written and read as raw bytes, by whoever is responsible for errors and fsync. HDF5 itself makes
// and reads the structure only. FORMAT.md describes the file.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "checkpoint/state_digests.h"
#include "tensors/chunks.h"

namespace lockstep {

struct ShardHeader {
  std::int64_t shard = 0;
  std::int64_t shard_count = 1;
  std::int64_t elements = 0;  // of the whole flat space
  ElementRange range;         // that this shard holds, of each array
  std::int64_t step = 0;
  std::string layout_digest;  // of the names and shapes, so that shards of two models are not mixed
  friend bool operator==(const ShardHeader&, const ShardHeader&) = default;
};

// Where the raw bytes lie in the file. Of an empty shard the places are 0.
struct ShardPlaces {
  PerArray<std::int64_t> values;   // range.count() float32, little-endian
  PerArray<std::int64_t> digests;  // 16 bytes for each chunk of the range
  std::int64_t file_bytes = 0;
  friend bool operator==(const ShardPlaces&, const ShardPlaces&) = default;
};

struct ShardStructure {
  ShardHeader header;
  ShardPlaces places;
};

// Writes the structure; the values are zero until they are written at their places. The caller
// makes the file durable. Throws Error(checkpoint) naming the file and the system's reason.
// THREADS: HDF5 is used by one thread at a time.
ShardPlaces create_shard(const std::filesystem::path& path, const ShardHeader& header);

// Compares all but the values and digests with what create_shard() writes: HDF5 itself does not
// look at every byte of a file that it opens. Throws Error(checkpoint) naming the first that is
// another. REQUIRES: this version of HDF5 wrote the file; `header` is its own.
void check_shard_structure(const std::filesystem::path& path, const ShardHeader& header);

// Throws Error(checkpoint) for a file that is no shard, is cut short or contradicts itself.
ShardStructure read_shard_structure(const std::filesystem::path& path);

// "hdf5 1.10.8"
std::string hdf5_version();

}  // namespace lockstep
