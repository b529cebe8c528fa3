// SPDX-License-Identifier: Apache-2.0
#include "optim/learning_rate.h"

#include <gtest/gtest.h>

namespace lockstep::test {
namespace {

const OptimConfig kConstant{.learning_rate = 0.5, .schedule = RateSchedule::constant};
const OptimConfig kCosine{.learning_rate = 1.0,
                          .schedule = RateSchedule::cosine,
                          .warmup_steps = 4,
                          .min_learning_rate = 0.1};

TEST(LearningRate, ConstantIsTheSameAtEveryStep) {
  EXPECT_EQ(learning_rate(kConstant, 0, 100), 0.5);
  EXPECT_EQ(learning_rate(kConstant, 50, 100), 0.5);
  EXPECT_EQ(learning_rate(kConstant, 1000, 100), 0.5);
}

TEST(LearningRate, WarmUpRisesInEqualStepsToThePeak) {
  EXPECT_EQ(learning_rate(kCosine, 0, 100), 0.25);
  EXPECT_EQ(learning_rate(kCosine, 1, 100), 0.5);
  EXPECT_EQ(learning_rate(kCosine, 2, 100), 0.75);
  EXPECT_EQ(learning_rate(kCosine, 3, 100), 1.0);
}

TEST(LearningRate, AConstantRateWarmsUpToo) {
  OptimConfig config = kConstant;
  config.warmup_steps = 2;
  EXPECT_EQ(learning_rate(config, 0, 100), 0.25);
  EXPECT_EQ(learning_rate(config, 1, 100), 0.5);
  EXPECT_EQ(learning_rate(config, 2, 100), 0.5);
}

TEST(LearningRate, TheCosineStartsAtThePeak) { EXPECT_EQ(learning_rate(kCosine, 4, 104), 1.0); }

TEST(LearningRate, TheCosineIsHalfwayDownInTheMiddle) {
  EXPECT_DOUBLE_EQ(learning_rate(kCosine, 54, 104), 0.55);
}

TEST(LearningRate, AQuarterOfTheWayTheCosineIsStillHigh) {
  EXPECT_DOUBLE_EQ(learning_rate(kCosine, 29, 104), 0.1 + 0.9 * 0.85355339059327373);
}

TEST(LearningRate, TheCosineEndsAtItsMinimumAndStaysThere) {
  EXPECT_DOUBLE_EQ(learning_rate(kCosine, 104, 104), 0.1);
  EXPECT_DOUBLE_EQ(learning_rate(kCosine, 1000, 104), 0.1);
}

TEST(LearningRate, TheCosineNeverRises) {
  for (std::int64_t step = 5; step < 110; ++step)
    EXPECT_LE(learning_rate(kCosine, step, 104), learning_rate(kCosine, step - 1, 104)) << step;
}

TEST(LearningRate, WithoutWarmUpTheFirstStepHasThePeak) {
  OptimConfig config = kCosine;
  config.warmup_steps = 0;
  EXPECT_EQ(learning_rate(config, 0, 100), 1.0);
}

TEST(LearningRate, ARunThatIsAllWarmUpNeverDivides) {
  EXPECT_EQ(learning_rate(kCosine, 3, 4), 1.0);
  EXPECT_EQ(learning_rate(kCosine, 4, 4), 1.0);
  EXPECT_DOUBLE_EQ(learning_rate(kCosine, 5, 4), 0.1);
}

}  // namespace
}  // namespace lockstep::test
