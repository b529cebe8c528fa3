// SPDX-License-Identifier: Apache-2.0
#include "report/end_report.h"

#include <gtest/gtest.h>

namespace lockstep::test {
namespace {

std::string said(Language language, const RunLimits& limits, std::int64_t epochs_completed) {
  return nothing_to_do_report(words_in(language), limits, epochs_completed);
}

TEST(NothingToDoReport, CountsTheEpochsOfACompleteRun) {
  EXPECT_EQ(said(Language::en, {.epochs = 3}, 3),
            "✓ There is nothing to do: the run's 3 epochs are completed; --more-epochs N trains "
            "on\n");
  EXPECT_EQ(
      said(Language::en, {.epochs = 1}, 1),
      "✓ There is nothing to do: the run's 1 epoch is completed; --more-epochs N trains on\n");
  EXPECT_EQ(said(Language::zh, {.epochs = 1}, 1),
            "✓ 无事可做: 已完成全部 1 轮训练; 用 --more-epochs N 可继续训练\n");
}

TEST(NothingToDoReport, NamesTheLimitOfStepsThatEndedTheRun) {
  EXPECT_EQ(said(Language::en, {.epochs = 3, .max_steps = 12}, 1),
            "✓ There is nothing to do: --max-steps 12 is reached; give a larger one, or 0 for no "
            "limit\n");
  EXPECT_EQ(said(Language::zh, {.epochs = 3, .max_steps = 12}, 1),
            "✓ 无事可做: 已达到 --max-steps 12; 请给更大的数, 或给 0 表示不限\n");
}

TEST(NothingToDoReport, NamesTheEpochsWhereMoreStepsWouldNotHelp) {
  EXPECT_EQ(said(Language::en, {.epochs = 2, .max_steps = 12}, 2),
            "✓ There is nothing to do: the run's 2 epochs are completed; --more-epochs N trains "
            "on\n");
}

}  // namespace
}  // namespace lockstep::test
