// SPDX-License-Identifier: Apache-2.0
#include "batches/windows.h"

#include <gmock/gmock.h>

#include <cmath>
#include <string>

#include "base/error.h"
#include "support/message_of.h"

namespace lockstep::test {
namespace {

using testing::HasSubstr;

// The place after the last token that the windows read.
std::int64_t end_of(const Windows& windows) {
  return windows.start_of(windows.count - 1) + windows.context + 1;
}

// The number in "at least 123 are needed".
std::int64_t needed_tokens(const std::string& message) {
  const std::string before = "at least ";
  return std::stoll(message.substr(message.find(before) + before.size()));
}

TEST(CutWindows, OneMoreTokenThanTheContextIsOneWindow) {
  EXPECT_EQ(cut_windows(0, 9, 8, 8).count, 1);
}

TEST(CutWindows, FewerTokensAreNoWindow) {
  EXPECT_EQ(cut_windows(0, 8, 8, 8).count, 0);
  EXPECT_EQ(cut_windows(0, 0, 8, 8).count, 0);
}

TEST(CutWindows, TheNextWindowNeedsAWholeStrideMore) {
  EXPECT_EQ(cut_windows(0, 16, 8, 8).count, 1);
  EXPECT_EQ(cut_windows(0, 17, 8, 8).count, 2);
  EXPECT_EQ(cut_windows(0, 25, 8, 8).count, 3);
}

TEST(CutWindows, AShortStrideGivesOverlappingWindows) {
  const Windows windows = cut_windows(0, 20, 8, 2);
  EXPECT_EQ(windows.count, 6);
  EXPECT_EQ(windows.start_of(5), 10);
}

TEST(CutWindows, ALongStrideLeavesGaps) {
  const Windows windows = cut_windows(0, 40, 8, 20);
  EXPECT_EQ(windows.count, 2);
  EXPECT_EQ(windows.start_of(1), 20);
}

TEST(CutWindows, StartsAtItsFirstToken) {
  const Windows windows = cut_windows(1000, 17, 8, 8);
  EXPECT_EQ(windows.start_of(0), 1000);
  EXPECT_EQ(windows.start_of(1), 1008);
}

TEST(CutWindows, TheLastWindowEndsInsideAndNoFurtherOneWould) {
  for (std::int64_t tokens = 4; tokens <= 60; ++tokens) {
    for (std::int64_t stride = 1; stride <= 9; ++stride) {
      const Windows windows = cut_windows(0, tokens, 3, stride);
      EXPECT_LE(end_of(windows), tokens);
      EXPECT_GT(end_of(windows) + stride, tokens);
    }
  }
}

TEST(SplitTokens, TheValidationPartIsTheEndOfTheText) {
  const Split split = split_tokens(1000, 0.2, 8, 4);
  EXPECT_EQ(split.train.first_token, 0);
  EXPECT_EQ(split.train.count, 198);
  EXPECT_EQ(split.validation.first_token, 800);
  EXPECT_EQ(split.validation.count, 24);
}

TEST(SplitTokens, TrainingHasTheStrideAndValidationNeverOverlaps) {
  const Split split = split_tokens(1000, 0.2, 8, 4);
  EXPECT_EQ(split.train.stride, 4);
  EXPECT_EQ(split.validation.stride, 8);
}

TEST(SplitTokens, NoTokenIsInBothParts) {
  for (std::int64_t tokens = 60; tokens <= 200; ++tokens) {
    for (const double fraction : {0.1, 0.2, 0.33, 0.5, 0.9}) {
      const Split split = split_tokens(tokens, fraction, 4, 3);
      EXPECT_LE(end_of(split.train), split.validation.first_token) << tokens << ", " << fraction;
      EXPECT_LE(end_of(split.validation), tokens) << tokens << ", " << fraction;
    }
  }
}

TEST(SplitTokens, TooLittleTextSaysHowManyTokensItHasAndNeeds) {
  EXPECT_EQ(message_of([] { split_tokens(40, 0.2, 8, 8); }, ErrorKind::input),
            "cutting the text into windows: the text has 40 tokens, at least 46 are needed; give "
            "more text (--data-file) or a smaller --block-size");
}

TEST(SplitTokens, TheNumberOfTokensItAsksForIsEnough) {
  for (const double fraction : {0.01, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9, 0.99}) {
    for (const std::int64_t context : {1, 8, 511, 1024}) {
      const std::int64_t needed = needed_tokens(
          message_of([&] { split_tokens(1, fraction, context, context); }, ErrorKind::input));
      EXPECT_NO_THROW(split_tokens(needed, fraction, context, context)) << fraction;
    }
  }
}

TEST(SplitTokens, AFractionNearNothingAsksForAsManyTokensAsCanBe) {
  for (const double fraction : {1e-30, 5e-324, std::nextafter(1.0, 0.0)}) {
    const std::int64_t needed = needed_tokens(message_of(
        [&] { split_tokens(std::int64_t{1} << 40, fraction, 1'000'000, 8); }, ErrorKind::input));
    EXPECT_GT(needed, std::int64_t{1} << 60) << fraction;
  }
}

TEST(SplitTokens, AnEmptyTextIsTooLittle) {
  EXPECT_THAT(message_of([] { split_tokens(0, 0.2, 8, 8); }, ErrorKind::input),
              HasSubstr("has 0 tokens"));
}

TEST(SplitTokens, WithATextOfItsOwnValidationStartsAtItsFirstToken) {
  const Split split = split_tokens(std::int64_t{100}, std::int64_t{50}, 8, 4);
  EXPECT_EQ(split.train.count, 23);
  EXPECT_EQ(split.validation.first_token, 0);
  EXPECT_EQ(split.validation.stride, 8);
  EXPECT_EQ(split.validation.count, 6);
}

TEST(SplitTokens, TwoTextsAreNamedWhenOneIsTooShort) {
  EXPECT_THAT(
      message_of([] { split_tokens(std::int64_t{8}, std::int64_t{50}, 8, 8); }, ErrorKind::input),
      HasSubstr("the training text has 8 tokens, at least 9 are needed"));
  EXPECT_THAT(
      message_of([] { split_tokens(std::int64_t{50}, std::int64_t{7}, 8, 8); }, ErrorKind::input),
      HasSubstr("the validation text has 7 tokens, at least 9 are needed; give more text "
                "(--val-file)"));
}

}  // namespace
}  // namespace lockstep::test
