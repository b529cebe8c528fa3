// SPDX-License-Identifier: Apache-2.0
// One shard as a file: written once by its rank, read back by ranges.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>

#include "checkpoint/hdf5_shard.h"
#include "checkpoint/state_digests.h"
#include "tensors/chunks.h"

namespace lockstep {

// What is read or written at once: small enough to stay in the cache until its digest is taken.
inline constexpr std::int64_t kShardBlockElements = 64 * kChunkElements;

// A rank's part of the state, in memory.
struct StateSlice {
  ElementRange range;  // at chunk edges
  PerArray<std::span<const float>> values;
};

// Writes the whole shard, reserves its space first, makes it durable and reads its structure back.
// Returns the digests of its chunks. Throws Error(checkpoint) naming the file, the call, the reason
// and, for a full disk, the bytes that were missing.
// THREADS: one at a time in the process (HDF5).
StateDigests write_shard(const std::filesystem::path& path, const ShardHeader& header,
                         const StateSlice& slice);

class ShardFile {
 public:
  // Reads the structure and the digests. Throws Error(checkpoint).
  explicit ShardFile(const std::filesystem::path& path);
  ~ShardFile();
  ShardFile(ShardFile&&) noexcept;

  const ShardHeader& header() const;
  std::int64_t bytes() const;
  const StateDigests& digests() const;
  // Reads elements of the flat space that lie in the shard, unverified.
  // REQUIRES: header().range contains `range`.
  void read(StateArray array, ElementRange range, std::span<float> destination) const;

 private:
  struct Open;
  std::unique_ptr<Open> open_;
};

}  // namespace lockstep
