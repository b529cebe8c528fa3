// SPDX-License-Identifier: Apache-2.0
#include "report/start_report.h"

#include <gtest/gtest.h>

#include "report/samples.h"

namespace lockstep::test {
namespace {

TEST(StartReport, SaysNothingOfAFreshStart) { EXPECT_EQ(start_report(kEn, {}), ""); }

TEST(StartReport, NamesTheWeightsOfANewRun) {
  EXPECT_EQ(start_report(kEn, {.file = "a/best_model.pt"}),
            "🔄 Starting a new run from the weights in a/best_model.pt\n");
}

TEST(StartReport, SaysHowFarARunHasCome) {
  const StartPoint start{.file = "a/shards/epoch_0002", .epochs = 2, .steps = 40};
  EXPECT_EQ(start_report(kEn, start),
            "🔄 Resuming from a/shards/epoch_0002: 2 epochs and 40 steps completed\n");
  EXPECT_EQ(start_report(kZh, start), "🔄 从 a/shards/epoch_0002 恢复训练: 已完成 2 轮, 40 步\n");
}

TEST(StartReport, TakesARunWithoutAnOptimizersStepsForAResumedOne) {
  EXPECT_EQ(start_report(kEn, {.file = "latest.pt", .epochs = 1}),
            "🔄 Resuming from latest.pt: 1 epoch and 0 steps completed\n");
}

}  // namespace
}  // namespace lockstep::test
