// SPDX-License-Identifier: Apache-2.0
#include "report/progress_line.h"

#include <gtest/gtest.h>

#include <limits>

#include "report/display_width.h"
#include "report/samples.h"

namespace lockstep::test {
namespace {

constexpr Progress kWhole = {
    .done = 6252, .total = 6252, .seconds = 263.99, .loss = 3.4521, .avg_loss = 3.4521};
constexpr Progress kHalf = {
    .done = 50, .total = 100, .seconds = 10.0, .loss = 4.0, .avg_loss = 4.5};

TEST(ProgressLine, IsTheOneOfTheManual) {
  EXPECT_EQ(progress_line(kZh, kWhole, 95),
            "训练中: 100%|████████████████| 6252/6252 "
            "[04:23<00:00, 23.68it/s, loss=3.4521, avg_loss=3.4521]");
}

TEST(ProgressLine, DoesNotGrowOnAWideTerminal) {
  EXPECT_EQ(progress_line(kZh, kWhole, 300), progress_line(kZh, kWhole, 95));
}

TEST(ProgressLine, OfNoStepsHasNoRateAndNoLoss) {
  EXPECT_EQ(progress_line(kZh, {.done = 0, .total = 6252}, 95),
            "训练中:   0%|                | 0/6252 [00:00<?, ?it/s]");
}

TEST(ProgressLine, FillsHalfTheBarAtHalfTheSteps) {
  EXPECT_EQ(progress_line(kEn, kHalf, 95),
            "Training:  50%|████████        | 50/100 "
            "[00:10<00:10, 5.00it/s, loss=4.0000, avg_loss=4.5000]");
}

TEST(ProgressLine, DrawsPartsOfACellInEighths) {
  const Progress progress = {.done = 35, .total = 128};  // 4 3/8 of 16 cells
  EXPECT_EQ(progress_line(kEn, progress, 95),
            "Training:  27%|████▍           | 35/128 [00:00<?, ?it/s]");
}

TEST(ProgressLine, SaysHundredPercentOnlyWhenAllIsDone) {
  const Progress progress = {.done = 9999, .total = 10'000};
  EXPECT_TRUE(progress_line(kEn, progress, 95).starts_with("Training:  99%|"));
}

TEST(ProgressLine, ShowsSecondsPerStepBelowOneStepASecond) {
  const Progress progress = {.done = 4, .total = 8, .seconds = 5.0};
  EXPECT_EQ(progress_line(kEn, progress, 95),
            "Training:  50%|████████        | 4/8 [00:05<00:05, 1.25s/it]");
}

TEST(ProgressLine, CountsOnlyTheStepsOfThisRunForTheRate) {
  const Progress progress = {.done = 60, .total = 100, .seconds = 10.0, .done_before = 50};
  EXPECT_EQ(progress_line(kEn, progress, 95),
            "Training:  60%|█████████▌      | 60/100 [00:10<00:40, 1.00it/s]");
}

TEST(ProgressLine, NamesALossThatIsNoNumber) {
  Progress progress = kHalf;
  progress.loss = std::numeric_limits<double>::quiet_NaN();
  progress.avg_loss = std::numeric_limits<double>::infinity();
  EXPECT_TRUE(progress_line(kEn, progress, 95).ends_with("loss=nan, avg_loss=inf]"));
}

TEST(ProgressLine, ShrinksTheBarFirst) {
  EXPECT_EQ(progress_line(kZh, kWhole, 87),
            "训练中: 100%|████████| 6252/6252 "
            "[04:23<00:00, 23.68it/s, loss=3.4521, avg_loss=3.4521]");
}

TEST(ProgressLine, ThenLeavesOutTheAverage) {
  EXPECT_EQ(progress_line(kZh, kWhole, 80),
            "训练中: 100%|████████████████| 6252/6252 [04:23<00:00, 23.68it/s, loss=3.4521]");
}

TEST(ProgressLine, ThenLeavesOutTheLossAndTheTimes) {
  EXPECT_EQ(progress_line(kEn, kHalf, 53), "Training:  50%|███   | 50/100 [00:10<00:10, 5.00it/s]");
  EXPECT_EQ(progress_line(kEn, kHalf, 29), "Training:  50%|███   | 50/100");
}

TEST(ProgressLine, IsCutWhenEvenTheCountDoesNotFit) {
  EXPECT_EQ(progress_line(kEn, kHalf, 10), "Training: ");
  EXPECT_EQ(progress_line(kZh, kHalf, 1), "");
}

TEST(ProgressLine, NeverIsWiderThanTheTerminal) {
  for (int columns = 0; columns <= 120; ++columns) {
    EXPECT_LE(display_width(progress_line(kZh, kWhole, columns)), columns);
    EXPECT_LE(display_width(progress_line(kEn, kHalf, columns)), columns);
  }
}

TEST(ProgressLine, SurvivesAnEpochWithoutSteps) {
  EXPECT_EQ(progress_line(kEn, {.done = 0, .total = 0}, 95),
            "Training:   0%|                | 0/0 [00:00<?, ?it/s]");
}

}  // namespace
}  // namespace lockstep::test
