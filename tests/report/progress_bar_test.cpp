// SPDX-License-Identifier: Apache-2.0
#include "report/progress_bar.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>
#include <string>

#include "report/samples.h"

namespace lockstep::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

// A bar whose clock stands still until a test moves it.
class ProgressBarTest : public testing::Test {
 protected:
  ProgressBar bar(bool terminal, std::int64_t log_every) {
    return ProgressBar(
        out_, kEn, terminal, log_every, [this] { return now_; }, [this] { return columns_; });
  }
  // What was written since the last call.
  std::string written() {
    std::string text = out_.str();
    out_.str("");
    return text;
  }

  std::ostringstream out_;
  steady_clock::time_point now_;
  int columns_ = 100;
};

TEST_F(ProgressBarTest, IsDrawnInPlaceOnATerminal) {
  ProgressBar progress = bar(true, 10);
  progress.start(4);
  EXPECT_EQ(written(), "\rTraining:   0%|                | 0/4 [00:00<?, ?it/s]\x1b[K");
  now_ += milliseconds(2000);
  progress.show(2, 4.0, 4.5);
  EXPECT_EQ(written(),
            "\rTraining:  50%|████████        | 2/4 "
            "[00:02<00:02, 1.00it/s, loss=4.0000, avg_loss=4.5000]\x1b[K");
}

TEST_F(ProgressBarTest, IsRedrawnAtMostTenTimesASecond) {
  ProgressBar progress = bar(true, 10);
  progress.start(100);
  written();
  now_ += milliseconds(99);
  progress.show(1, 4.0, 4.0);
  EXPECT_EQ(written(), "");
  now_ += milliseconds(1);
  progress.show(2, 4.0, 4.0);
  EXPECT_THAT(written(), HasSubstr(" 2/100 "));
}

TEST_F(ProgressBarTest, ShowsTheLastStepAtOnceAndEndsTheLine) {
  ProgressBar progress = bar(true, 10);
  progress.start(2);
  written();
  progress.show(2, 4.0, 4.0);
  const std::string text = written();
  EXPECT_THAT(text, StartsWith("\rTraining: 100%|████████████████| 2/2 "));
  EXPECT_THAT(text, EndsWith("\x1b[K\n"));
}

TEST_F(ProgressBarTest, KeepsOneColumnOfTheTerminalFree) {
  columns_ = 30;
  ProgressBar progress = bar(true, 10);
  progress.start(100);
  EXPECT_EQ(written(), "\rTraining:   0%|       | 0/100\x1b[K");
}

TEST_F(ProgressBarTest, IsErasedByClearAndComesBackWithTheNextStep) {
  ProgressBar progress = bar(true, 10);
  progress.start(100);
  written();
  progress.clear();
  EXPECT_EQ(written(), "\r\x1b[K");
  progress.show(1, 4.0, 4.0);
  EXPECT_THAT(written(), HasSubstr(" 1/100 "));
}

TEST_F(ProgressBarTest, IsNotErasedTwice) {
  ProgressBar progress = bar(true, 10);
  progress.start(100);
  progress.clear();
  written();
  progress.clear();
  EXPECT_EQ(written(), "");
}

TEST_F(ProgressBarTest, StaysOnTheScreenWhenItIsFinished) {
  ProgressBar progress = bar(true, 10);
  progress.start(1);
  progress.show(1, 4.0, 4.0);
  written();
  progress.clear();
  EXPECT_EQ(written(), "");
}

TEST_F(ProgressBarTest, EndsTheLineWhenItGoesAwayUnfinished) {
  {
    ProgressBar progress = bar(true, 10);
    progress.start(100);
    written();
  }
  EXPECT_EQ(written(), "\n");
}

TEST_F(ProgressBarTest, PrintsALineEveryNStepsInALogFile) {
  ProgressBar progress = bar(false, 2);
  progress.start(5);
  for (int step = 1; step <= 4; ++step) progress.show(step, 4.0, 4.0);
  now_ += milliseconds(5000);
  progress.show(5, 4.0, 4.5);
  EXPECT_EQ(written(),
            "Training:  40%|██████▍         | 2/5 [00:00<?, ?it/s, loss=4.0000, avg_loss=4.0000]\n"
            "Training:  80%|████████████▊   | 4/5 [00:00<?, ?it/s, loss=4.0000, avg_loss=4.0000]\n"
            "Training: 100%|████████████████| 5/5 "
            "[00:05<00:00, 1.00it/s, loss=4.0000, avg_loss=4.5000]\n");
}

TEST_F(ProgressBarTest, PrintsOnlyTheLastStepWithoutAnInterval) {
  ProgressBar progress = bar(false, 0);
  progress.start(3);
  progress.show(1, 4.0, 4.0);
  progress.show(2, 4.0, 4.0);
  EXPECT_EQ(written(), "");
  progress.show(3, 4.0, 4.0);
  EXPECT_THAT(written(), StartsWith("Training: 100%|"));
}

TEST_F(ProgressBarTest, WritesNoControlCharactersIntoALogFile) {
  {
    ProgressBar progress = bar(false, 1);
    progress.start(3);
    progress.show(1, 4.0, 4.0);
    progress.clear();
  }
  EXPECT_EQ(written().find_first_of("\r\x1b"), std::string::npos);
}

TEST_F(ProgressBarTest, BeginsTheNextEpochAfresh) {
  ProgressBar progress = bar(true, 10);
  progress.start(1);
  progress.show(1, 4.0, 4.0);
  written();
  progress.start(8, 2);
  EXPECT_EQ(written(), "\rTraining:  25%|████            | 2/8 [00:00<?, ?it/s]\x1b[K");
}

}  // namespace
}  // namespace lockstep::test
