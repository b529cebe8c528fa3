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

// Walks a whole run, and asks at every step.
void expect_one_total(const EpochPlan& plan) {
  std::int64_t steps = 0;
  for (std::int64_t epoch = 0; epoch < plan.epochs; ++epoch) {
    for (std::int64_t cursor = 0; plan.steps_left(cursor, steps) > 0; ++steps) {
      ASSERT_EQ(plan.total_steps_from(epoch, cursor, steps), plan.total_steps());
      cursor += plan.sequences_at(cursor);
      ASSERT_EQ(plan.total_steps_from(epoch, cursor, steps + 1), plan.total_steps());
    }
  }
  EXPECT_EQ(steps, plan.total_steps());
  EXPECT_EQ(plan.total_steps_from(plan.epochs, 0, steps), plan.total_steps());
}

TEST(EpochPlan, TheTotalIsTheSameWhereverAnUnchangedRunStands) {
  for (std::int64_t windows = 1; windows <= 20; ++windows)
    for (std::int64_t batch_size = 1; batch_size <= 9; ++batch_size)
      for (std::int64_t epochs = 1; epochs <= 4; ++epochs)
        for (std::int64_t max_steps = 0; max_steps <= 12; ++max_steps)
          expect_one_total({.windows = windows,
                            .batch_size = batch_size,
                            .epochs = epochs,
                            .max_steps = max_steps});
}

// Goes to its end with other batches from every place where it can stand, and counts.
void expect_total_after_change(const EpochPlan& before, const EpochPlan& now) {
  std::int64_t made = 0;
  for (std::int64_t epoch = 0; epoch < before.epochs; ++epoch) {
    for (std::int64_t cursor = 0; cursor < before.windows; ++made) {
      std::int64_t steps = made;
      std::int64_t place = cursor;
      for (std::int64_t left = epoch; left < now.epochs; ++left, place = 0)
        for (; place < now.windows; ++steps) place += now.sequences_at(place);
      ASSERT_EQ(now.total_steps_from(epoch, cursor, made), steps);
      cursor += before.sequences_at(cursor);
    }
  }
}

TEST(EpochPlan, WithAnotherBatchTheTotalIsThatOfTheStepsReallyMade) {
  for (std::int64_t windows = 1; windows <= 16; ++windows)
    for (std::int64_t first = 1; first <= 8; ++first)
      for (std::int64_t second = 1; second <= 8; ++second)
        expect_total_after_change({.windows = windows, .batch_size = first, .epochs = 3},
                                  {.windows = windows, .batch_size = second, .epochs = 3});
}

// max_steps 7 ended the second epoch of 5 steps after 2, and two more epochs are to come.
TEST(EpochPlan, WithoutTheMaxStepsOfBeforeTheTotalIsNotThatOfWholeEpochs) {
  const EpochPlan plan{.windows = 10, .batch_size = 2, .epochs = 4};
  EXPECT_EQ(plan.total_steps_from(2, 0, 7), 17);
}

}  // namespace
}  // namespace lockstep
