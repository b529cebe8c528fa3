// SPDX-License-Identifier: Apache-2.0
#include "lanes/stream_share.h"

#include <gtest/gtest.h>

#include <vector>

#include "lanes/host_streams.h"

namespace lockstep::test {
namespace {

float value_of(std::int64_t step, std::int64_t element) {
  return static_cast<float>((element * 7 + step * 13) % 100'003);
}

// Every rank has its shard; what is there has the values of all, whenever that is said.
void share_and_check(ThreadWorld& world, std::int64_t elements, std::int64_t bucket, int steps) {
  HostCollectives collectives(world);
  StreamShare share(world, collectives, elements, bucket);
  const ElementRange mine = shard_range(elements, world.rank(), world.size());
  std::vector<float> flat(static_cast<std::size_t>(elements), -1.0F);
  for (int step = 0; step < steps; ++step) {
    for (std::int64_t i = mine.first; i < mine.last; ++i)
      flat[static_cast<std::size_t>(i)] = value_of(step, i);
    std::int64_t done = 0;
    std::int64_t wrong = 0;
    share.run(flat, nullptr, [&](std::int64_t last) {
      EXPECT_GT(last, done);
      for (; done < last; ++done)
        if (flat[static_cast<std::size_t>(done)] != value_of(step, done)) ++wrong;
    });
    EXPECT_EQ(done, elements);
    EXPECT_EQ(wrong, 0) << "rank " << world.rank() << " of " << world.size();
  }
  world.gather_all(std::vector<double>{});
}

TEST(StreamShare, BringsEveryShardToEveryRankFromTheBeginningOn) {
  for (const int ranks : {1, 2, 3, 4, 8})
    run_ranks(ranks, [](ThreadWorld& world) { share_and_check(world, 300'001, 65'536, 2); });
}

TEST(StreamShare, MoreRanksThanChunksAreFine) {
  run_ranks(4, [](ThreadWorld& world) {
    share_and_check(world, 20'000, 16'384, 1);
    share_and_check(world, 5, 16'384, 1);
  });
}

}  // namespace
}  // namespace lockstep::test
