// SPDX-License-Identifier: Apache-2.0
// How a flat space of elements is cut: into chunks of a fixed size, which are the unit of digests,
// and at chunk edges into one shard for each rank. Pure.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace lockstep {

inline constexpr std::int64_t kChunkElements = 16384;

// Half-open range of elements of a flat space.
struct ElementRange {
  std::int64_t first = 0;
  std::int64_t last = 0;
  std::int64_t count() const { return last - first; }
  friend bool operator==(const ElementRange&, const ElementRange&) = default;
};

// The elements of both; empty if there are none.
inline ElementRange common_range(const ElementRange& one, const ElementRange& other) {
  const std::int64_t first = std::max(one.first, other.first);
  return {first, std::max(first, std::min(one.last, other.last))};
}

inline std::size_t as_size(std::int64_t count) { return static_cast<std::size_t>(count); }

// The elements of `range`, of a flat space that begins with element 0.
inline std::span<float> part_of(std::span<float> flat, const ElementRange& range) {
  return flat.subspan(as_size(range.first), as_size(range.count()));
}

// The last chunk may be short.
inline std::int64_t chunk_count(std::int64_t elements) {
  return (elements + kChunkElements - 1) / kChunkElements;
}

// The elements of one of `shard_count` shards: whole chunks, dealt as evenly as they can be, in
// order. Empty for some shards when there are more of them than chunks.
inline ElementRange shard_range(std::int64_t elements, std::int64_t shard,
                                std::int64_t shard_count) {
  const std::int64_t chunks = chunk_count(elements);
  const auto edge = [&](std::int64_t index) {
    return std::min(elements, index * chunks / shard_count * kChunkElements);
  };
  return {edge(shard), edge(shard + 1)};
}

// All of them, in order.
inline std::vector<ElementRange> all_shards(std::int64_t elements, std::int64_t shard_count) {
  std::vector<ElementRange> shards;
  for (std::int64_t shard = 0; shard < shard_count; ++shard)
    shards.push_back(shard_range(elements, shard, shard_count));
  return shards;
}

}  // namespace lockstep
