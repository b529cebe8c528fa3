// SPDX-License-Identifier: Apache-2.0
#include "app/batch_warning.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lockstep::test {
namespace {

using testing::HasSubstr;

TEST(BatchWarning, IsAboutABatchThatAnEpochCannotFill) {
  EXPECT_EQ(batch_warning(593, 593), std::nullopt);
  EXPECT_THAT(batch_warning(5000, 593).value_or(""),
              HasSubstr("a batch is of 5000 sequences, but an epoch has only 593 windows"));
  EXPECT_THAT(batch_warning(2, 1).value_or(""), HasSubstr("only 1 window:"));
}

TEST(WarmupWarning, IsAboutAWarmUpThatTheRunEndsIn) {
  EXPECT_EQ(warmup_warning(0, 0), std::nullopt);
  EXPECT_EQ(warmup_warning(99, 100), std::nullopt);
  EXPECT_THAT(warmup_warning(100, 100).value_or(""),
              HasSubstr("the warm-up is of 100 steps, but the whole run has only 100:"));
  EXPECT_THAT(warmup_warning(1, 1).value_or(""), HasSubstr("of 1 step,"));
}

TEST(StrideWarning, IsAboutTextBetweenTheWindows) {
  EXPECT_EQ(stride_warning(1, 512), std::nullopt);
  EXPECT_EQ(stride_warning(512, 512), std::nullopt);
  EXPECT_EQ(stride_warning(2048, 512).value_or(""),
            "the stride is of 2048 tokens, but a window predicts only 512: 1536 of every 2048 "
            "tokens (75 %) are never trained on; give a --stride of at most 512 to train on the "
            "whole text");
  EXPECT_THAT(stride_warning(513, 512).value_or(""),
              HasSubstr("1 of every 513 tokens (under 1 %)"));
}

}  // namespace
}  // namespace lockstep::test
