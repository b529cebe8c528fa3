// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/problems.h"

namespace lockstep::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

RunConfig config_of(std::int64_t batch_size, std::int64_t batch_per_rank, std::int64_t lanes = 0) {
  RunConfig config;
  config.train.batch_size = batch_size;
  config.train.batch_per_rank = batch_per_rank;
  config.train.lanes = lanes;
  return config;
}

TEST(ResolveBatch, MultipliesByTheRanks) {
  RunConfig config = config_of(0, 3);
  EXPECT_THAT(resolve_batch(config, 4), IsEmpty());
  EXPECT_EQ(config.train.batch_size, 12);
  EXPECT_EQ(config.train.batch_per_rank, 0);
}

TEST(ResolveBatch, LeavesAGlobalBatchAlone) {
  RunConfig config = config_of(6, 0);
  EXPECT_THAT(resolve_batch(config, 4), IsEmpty());
  EXPECT_EQ(config, config_of(6, 0));
}

TEST(ResolveBatch, AcceptsBothWaysWhenTheyAgree) {
  RunConfig config = config_of(8, 2);
  EXPECT_THAT(resolve_batch(config, 4), IsEmpty());
  EXPECT_EQ(config.train.batch_size, 8);
}

TEST(ResolveBatch, RefusesBothWaysWhenTheyDiffer) {
  RunConfig config = config_of(8, 2);
  EXPECT_THAT(
      resolve_batch(config, 3),
      ElementsAre("train.batch_size (--batch-size) is 8, but train.batch_per_rank "
                  "(--batch-per-rank) is 2, which makes 6 on 3 ranks; give one of the two"));
}

TEST(ResolveBatch, RefusesLanesThatDoNotDivideTheResult) {
  RunConfig config = config_of(0, 3, 4);
  EXPECT_THAT(resolve_batch(config, 2),
              ElementsAre("train.lanes (--lanes) is 4; it must be 0 (chosen by the batch) or a "
                          "divisor of train.batch_size, which is 6: 1, 2, 3 or 6"));
}

TEST(ResolveBatch, RefusesAResultThatIsTooLarge) {
  RunConfig config = config_of(0, 1'000'000);
  EXPECT_THAT(
      resolve_batch(config, 8),
      ElementsAre("train.batch_size (--batch-size) is 8000000; it must be at most 1000000"));
}

TEST(ResolvedLanes, AreTheOnesGiven) { EXPECT_EQ(resolved_lanes(config_of(12, 0, 12)), 12); }

TEST(ResolvedLanes, AreElseTheLargestDivisorUpToEight) {
  EXPECT_EQ(resolved_lanes(config_of(1, 0)), 1);
  EXPECT_EQ(resolved_lanes(config_of(4, 0)), 4);
  EXPECT_EQ(resolved_lanes(config_of(8, 0)), 8);
  EXPECT_EQ(resolved_lanes(config_of(12, 0)), 6);
  EXPECT_EQ(resolved_lanes(config_of(13, 0)), 1);
  EXPECT_EQ(resolved_lanes(config_of(16, 0)), 8);
}

TEST(ResolveBatch, OnAGpuGivesEveryRankOneLane) {
  const auto lanes = [](std::int64_t batch_size, std::int64_t given, std::int64_t ranks) {
    RunConfig config;
    config.train.device = DeviceKind::cuda;
    config.train.batch_size = batch_size;
    config.train.lanes = given;
    EXPECT_THAT(resolve_batch(config, ranks), IsEmpty());
    return config.train.lanes;
  };
  EXPECT_EQ(lanes(8, 0, 1), 1);
  EXPECT_EQ(lanes(8, 0, 4), 4);
  EXPECT_EQ(lanes(8, 0, 3), 2);
  EXPECT_EQ(lanes(8, 0, 100), 8);
  EXPECT_EQ(lanes(8, 8, 2), 8);
}

}  // namespace
}  // namespace lockstep::test
