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
// Returns how many numbers this rank has sent to other hosts.
std::size_t share_and_check(ThreadWorld& world, const RankGrid& grid, std::int64_t elements,
                            std::int64_t bucket, int steps) {
  HostCollectives collectives(world, grid);
  StreamShare share(world.rank(), grid, collectives, elements, bucket);
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
  return collectives.sent_to_other_hosts();
}

TEST(StreamShare, BringsEveryShardToEveryRankFromTheBeginningOn) {
  for (const int ranks : {1, 2, 3, 4, 8})
    run_ranks(ranks, [&](ThreadWorld& world) {
      share_and_check(world, RankGrid::flat(ranks), 300'001, 65'536, 2);
    });
}

TEST(StreamShare, GoesFromHostToHostAndThenWithinHosts) {
  for (const std::vector<int>& hosts :
       {std::vector<int>{0, 0, 1, 1}, {0, 1, 0, 1}, {0, 0, 0, 1, 1, 1}, {0, 0, 1, 1, 2, 2}})
    run_ranks(static_cast<int>(hosts.size()), [&](ThreadWorld& world) {
      for (const std::int64_t elements : {300'001, 20'000, 5})
        share_and_check(world, RankGrid::of_hosts(hosts), elements, 65'536, 2);
    });
}

// What one host has, the other needs once; and the pieces go to who passes them on.
TEST(StreamShare, AHostGetsEveryNumberOnceAndNotForEachRank) {
  constexpr std::int64_t kSpace = 64 * kChunkElements;
  const RankGrid grid = RankGrid::of_hosts({0, 0, 0, 0, 1, 1, 1, 1});
  run_ranks(grid.ranks(), [&](ThreadWorld& world) {
    const auto sent = static_cast<double>(share_and_check(world, grid, kSpace, kSpace / 8, 1));
    double sent_by_host = 0.0;
    const std::vector<std::vector<double>> all = world.gather_all(std::vector<double>{sent});
    for (std::size_t rank = 0; rank < 4; ++rank) sent_by_host += all[rank].front();
    EXPECT_LE(sent_by_host, static_cast<double>(kSpace / 2 + kSpace / 4));
  });
}

TEST(StreamShare, MoreRanksThanChunksAreFine) {
  run_ranks(4, [](ThreadWorld& world) {
    share_and_check(world, RankGrid::flat(4), 20'000, 16'384, 1);
    share_and_check(world, RankGrid::flat(4), 5, 16'384, 1);
  });
}

}  // namespace
}  // namespace lockstep::test
