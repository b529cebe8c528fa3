// SPDX-License-Identifier: Apache-2.0
#include "comm/rank_grid.h"

#include <gtest/gtest.h>

#include "support/thread_world.h"

namespace lockstep::test {
namespace {

TEST(RankGrid, HasARowOfPlacesForEachHost) {
  const RankGrid grid = RankGrid::of_hosts({7, 7, 7, 2, 2, 2});
  EXPECT_EQ(grid.hosts(), 2);
  EXPECT_EQ(grid.places(), 3);
  EXPECT_EQ(grid.ranks(), 6);
  for (int rank = 0; rank < 6; ++rank) {
    EXPECT_EQ(grid.host_of(rank), rank / 3);
    EXPECT_EQ(grid.place_of(rank), rank % 3);
    EXPECT_EQ(grid.rank_at(rank / 3, rank % 3), rank);
  }
}

TEST(RankGrid, RanksOfAHostNeedNotBeNeighbours) {
  const RankGrid grid = RankGrid::of_hosts({0, 1, 1, 0});
  EXPECT_EQ(grid.hosts(), 2);
  EXPECT_EQ(grid.rank_at(0, 1), 3);
  EXPECT_EQ(grid.rank_at(1, 0), 1);
  EXPECT_EQ(grid.host_of(3), 0);
  EXPECT_EQ(grid.place_of(3), 1);
}

TEST(RankGrid, IsFlatWhereHostsSayNothingOfTheLinks) {
  for (const std::vector<int>& hosts :
       {std::vector<int>{0}, {0, 0, 0}, {0, 0, 1}, {0, 1, 2}, {0, 1, 1, 2, 2}}) {
    const RankGrid grid = RankGrid::of_hosts(hosts);
    EXPECT_EQ(grid.hosts(), static_cast<int>(hosts.size()));
    EXPECT_EQ(grid.places(), 1);
  }
}

TEST(RankGrid, RanksFindOutTogetherWhereTheyAre) {
  run_ranks(4, [](ThreadWorld& world) {
    world.place_on_machines_of(2);
    EXPECT_EQ(host_of_ranks(world), (std::vector<int>{0, 0, 2, 2}));
  });
}

}  // namespace
}  // namespace lockstep::test
