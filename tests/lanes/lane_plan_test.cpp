// SPDX-License-Identifier: Apache-2.0
#include "lanes/lane_plan.h"

#include <gtest/gtest.h>

namespace lockstep::test {
namespace {

TEST(LanePlan, GivesEveryLaneToExactlyOneRank) {
  for (std::int64_t lanes = 1; lanes <= 12; ++lanes) {
    for (std::int64_t world_size = 1; world_size <= 20; ++world_size) {
      const LanePlan plan{.batch_size = lanes, .lanes = lanes};
      std::int64_t next = 0;
      for (std::int64_t rank = 0; rank < world_size; ++rank) {
        const IndexRange mine = plan.lanes_of(rank, world_size);
        EXPECT_EQ(mine.first, next) << lanes << " lanes, rank " << rank << " of " << world_size;
        EXPECT_GE(mine.last, mine.first);
        next = mine.last;
      }
      EXPECT_EQ(next, lanes) << lanes << " lanes on " << world_size << " ranks";
    }
  }
}

TEST(LanePlan, RanksDifferByAtMostOneLane) {
  for (std::int64_t lanes = 1; lanes <= 12; ++lanes) {
    for (std::int64_t world_size = 1; world_size <= 20; ++world_size) {
      const LanePlan plan{.batch_size = lanes, .lanes = lanes};
      for (std::int64_t rank = 0; rank < world_size; ++rank) {
        const std::int64_t count = plan.lanes_of(rank, world_size).count();
        EXPECT_GE(count, lanes / world_size);
        EXPECT_LE(count, (lanes + world_size - 1) / world_size);
      }
    }
  }
}

TEST(LanePlan, OneRankHasAllLanes) {
  const LanePlan plan{.batch_size = 8, .lanes = 4};
  EXPECT_EQ(plan.lanes_of(0, 1), (IndexRange{0, 4}));
}

TEST(LanePlan, FourLanesOnThreeRanks) {
  const LanePlan plan{.batch_size = 8, .lanes = 4};
  EXPECT_EQ(plan.lanes_of(0, 3), (IndexRange{0, 1}));
  EXPECT_EQ(plan.lanes_of(1, 3), (IndexRange{1, 2}));
  EXPECT_EQ(plan.lanes_of(2, 3), (IndexRange{2, 4}));
}

TEST(LanePlan, MoreRanksThanLanesLeaveSomeRanksWithoutAny) {
  const LanePlan plan{.batch_size = 2, .lanes = 2};
  std::int64_t idle = 0;
  for (std::int64_t rank = 0; rank < 5; ++rank) idle += plan.lanes_of(rank, 5).count() == 0;
  EXPECT_EQ(idle, 3);
}

TEST(LanePlan, AFullStepFillsEveryLaneAlike) {
  const LanePlan plan{.batch_size = 12, .lanes = 4};
  EXPECT_EQ(plan.sequences_of(0, 12), (IndexRange{0, 3}));
  EXPECT_EQ(plan.sequences_of(1, 12), (IndexRange{3, 6}));
  EXPECT_EQ(plan.sequences_of(3, 12), (IndexRange{9, 12}));
}

TEST(LanePlan, AShortStepLeavesTheLastLanesShortOrEmpty) {
  const LanePlan plan{.batch_size = 12, .lanes = 4};
  EXPECT_EQ(plan.sequences_of(0, 5), (IndexRange{0, 3}));
  EXPECT_EQ(plan.sequences_of(1, 5), (IndexRange{3, 5}));
  EXPECT_EQ(plan.sequences_of(2, 5).count(), 0);
  EXPECT_EQ(plan.sequences_of(3, 5).count(), 0);
}

TEST(LanePlan, EverySequenceOfAStepIsInExactlyOneLane) {
  for (std::int64_t lanes = 1; lanes <= 6; ++lanes) {
    for (std::int64_t per_lane = 1; per_lane <= 4; ++per_lane) {
      const LanePlan plan{.batch_size = lanes * per_lane, .lanes = lanes};
      for (std::int64_t sequences = 0; sequences <= plan.batch_size; ++sequences) {
        std::int64_t next = 0;
        for (std::int64_t lane = 0; lane < lanes; ++lane) {
          const IndexRange places = plan.sequences_of(lane, sequences);
          if (places.count() == 0) continue;
          EXPECT_EQ(places.first, next);
          next = places.last;
        }
        EXPECT_EQ(next, sequences) << lanes << " lanes of " << per_lane;
      }
    }
  }
}

TEST(LanePlan, ALaneHoldsTheSameSequencesAtAnyWorldSize) {
  const LanePlan plan{.batch_size = 8, .lanes = 4};
  for (std::int64_t world_size = 1; world_size <= 6; ++world_size)
    for (std::int64_t rank = 0; rank < world_size; ++rank)
      for (std::int64_t lane = plan.lanes_of(rank, world_size).first;
           lane < plan.lanes_of(rank, world_size).last; ++lane)
        EXPECT_EQ(plan.sequences_of(lane, 8), (IndexRange{lane * 2, lane * 2 + 2}));
}

}  // namespace
}  // namespace lockstep::test
