// SPDX-License-Identifier: Apache-2.0
#include "tensors/chunks.h"

#include <gtest/gtest.h>

#include <array>
#include <functional>
#include <string>

namespace lockstep::test {
namespace {

constexpr std::array<std::int64_t, 10> kSizes = {
    0, 1, 16'383, 16'384, 16'385, 32'768, 49'153, 100'000, 10'000'019, 7'000'000'000};

// Every size with 1 to 16 shards.
void for_each_cut(const std::function<void(std::int64_t elements, std::int64_t shards)>& check) {
  for (const std::int64_t elements : kSizes)
    for (std::int64_t shards = 1; shards <= 16; ++shards) {
      SCOPED_TRACE(std::to_string(elements) + " elements, " + std::to_string(shards) + " shards");
      check(elements, shards);
    }
}

TEST(Chunks, TheLastOneMayBeShort) {
  EXPECT_EQ(chunk_count(0), 0);
  EXPECT_EQ(chunk_count(1), 1);
  EXPECT_EQ(chunk_count(16'383), 1);
  EXPECT_EQ(chunk_count(16'384), 1);
  EXPECT_EQ(chunk_count(16'385), 2);
  EXPECT_EQ(chunk_count(100'000), 7);
  EXPECT_EQ(chunk_count(7'000'000'000), 427'247);
}

TEST(ShardRange, CutsAsDocumented) {
  EXPECT_EQ(shard_range(100'000, 0, 2), (ElementRange{0, 49'152}));
  EXPECT_EQ(shard_range(100'000, 1, 2), (ElementRange{49'152, 100'000}));
  EXPECT_EQ(shard_range(16'385, 0, 1), (ElementRange{0, 16'385}));
}

TEST(ShardRange, TheShardsCoverEveryElementOnce) {
  for_each_cut([](std::int64_t elements, std::int64_t shards) {
    std::int64_t covered = 0;
    for (std::int64_t shard = 0; shard < shards; ++shard) {
      const ElementRange range = shard_range(elements, shard, shards);
      EXPECT_EQ(range.first, covered) << "shard " << shard;
      EXPECT_LE(range.first, range.last) << "shard " << shard;
      covered = range.last;
    }
    EXPECT_EQ(covered, elements);
  });
}

TEST(ShardRange, ShardsAreCutAtChunkEdges) {
  for_each_cut([](std::int64_t elements, std::int64_t shards) {
    for (std::int64_t shard = 0; shard < shards; ++shard) {
      const ElementRange range = shard_range(elements, shard, shards);
      EXPECT_TRUE(range.first % 16'384 == 0 || range.first == elements) << "shard " << shard;
      EXPECT_TRUE(range.last % 16'384 == 0 || range.last == elements) << "shard " << shard;
    }
  });
}

TEST(ShardRange, NoShardHasMoreThanOneChunkMoreThanAnother) {
  for_each_cut([](std::int64_t elements, std::int64_t shards) {
    std::int64_t fewest = chunk_count(elements);
    std::int64_t most = 0;
    for (std::int64_t shard = 0; shard < shards; ++shard) {
      const std::int64_t chunks = chunk_count(shard_range(elements, shard, shards).count());
      fewest = std::min(fewest, chunks);
      most = std::max(most, chunks);
    }
    EXPECT_LE(most - fewest, 1);
  });
}

TEST(ShardRange, OfMoreShardsThanChunksSomeAreEmpty) {
  std::int64_t empty = 0;
  for (std::int64_t shard = 0; shard < 8; ++shard)
    if (shard_range(16'385, shard, 8).count() == 0) ++empty;
  EXPECT_EQ(empty, 6);
}

}  // namespace
}  // namespace lockstep::test
