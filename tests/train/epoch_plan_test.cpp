// SPDX-License-Identifier: Apache-2.0
#include "train/epoch_plan.h"

#include <gtest/gtest.h>

namespace lockstep {
namespace {

TEST(EpochPlan, TheLastStepTakesTheWindowsThatAreLeft) {
  const EpochPlan plan{.windows = 10, .batch_size = 4, .epochs = 3};
  EXPECT_EQ(plan.steps_in_full_epoch(), 3);
  EXPECT_EQ(plan.sequences_at(0), 4);
  EXPECT_EQ(plan.sequences_at(8), 2);
  EXPECT_EQ(plan.total_steps(), 9);
}

TEST(EpochPlan, EveryWindowIsTakenOnceInAnEpoch) {
  for (std::int64_t windows = 1; windows <= 40; ++windows) {
    for (std::int64_t batch_size = 1; batch_size <= 12; ++batch_size) {
      const EpochPlan plan{.windows = windows, .batch_size = batch_size};
      std::int64_t taken = 0;
      std::int64_t steps = 0;
      for (; plan.steps_from(taken) > 0; ++steps) taken += plan.sequences_at(taken);
      EXPECT_EQ(taken, windows);
      EXPECT_EQ(steps, plan.steps_in_full_epoch());
    }
  }
}

TEST(EpochPlan, ABatchLargerThanTheTextIsOneStep) {
  const EpochPlan plan{.windows = 3, .batch_size = 16};
  EXPECT_EQ(plan.steps_in_full_epoch(), 1);
  EXPECT_EQ(plan.sequences_at(0), 3);
}

TEST(EpochPlan, MaxStepsCutsTheEpochInWhichTheyEnd) {
  const EpochPlan plan{.windows = 10, .batch_size = 2, .epochs = 4, .max_steps = 7};
  EXPECT_EQ(plan.steps_left(0, 0), 5);
  EXPECT_EQ(plan.steps_left(0, 5), 2);
  EXPECT_EQ(plan.steps_left(0, 7), 0);
  EXPECT_EQ(plan.steps_left(0, 9), 0);
  EXPECT_EQ(plan.total_steps(), 7);
}

TEST(EpochPlan, TheEpochsBegunAreThoseWithSteps) {
  EpochPlan plan{.windows = 10, .batch_size = 2, .epochs = 4};
  EXPECT_EQ(plan.epochs_begun(), 4);
  plan.max_steps = 7;
  EXPECT_EQ(plan.epochs_begun(), 2);
  plan.max_steps = 5;
  EXPECT_EQ(plan.epochs_begun(), 1);
  plan.max_steps = 1000;
  EXPECT_EQ(plan.epochs_begun(), 4);
}

TEST(EpochPlan, MoreMaxStepsThanThereAreChangeNothing) {
  const EpochPlan plan{.windows = 10, .batch_size = 2, .epochs = 2, .max_steps = 100};
  EXPECT_EQ(plan.steps_left(0, 5), 5);
  EXPECT_EQ(plan.total_steps(), 10);
}

TEST(EpochPlan, AnEpochGoesOnWhereverItWasLeftWithWhateverBatch) {
  const EpochPlan plan{.windows = 10, .batch_size = 4};
  EXPECT_EQ(plan.steps_from(3), 2);
  EXPECT_EQ(plan.sequences_at(3), 4);
  EXPECT_EQ(plan.sequences_at(7), 3);
  EXPECT_EQ(plan.steps_from(10), 0);
}

}  // namespace
}  // namespace lockstep
