// SPDX-License-Identifier: Apache-2.0
#include "base/json_depth.h"

#include <gtest/gtest.h>

#include <string>

namespace lockstep::test {
namespace {

std::string levels(int count, char open = '[', char close = ']') {
  const auto size = static_cast<std::size_t>(count);
  return std::string(size, open) + std::string(size, close);
}

TEST(JsonDepth, TheDeepestThatIsTakenIsTaken) {
  EXPECT_FALSE(nests_too_deep(levels(kMostJsonLevels)));
  EXPECT_TRUE(nests_too_deep(levels(kMostJsonLevels + 1)));
  EXPECT_TRUE(nests_too_deep(levels(kMostJsonLevels + 1, '{', '}')));
}

TEST(JsonDepth, WhatIsClosedCountsNoMore) {
  std::string list = "[";
  for (int i = 0; i < 1000; ++i) list += "[{}],";
  EXPECT_FALSE(nests_too_deep(list + "1]"));
}

TEST(JsonDepth, BracketsInATextAreText) {
  EXPECT_FALSE(nests_too_deep("[\"" + levels(1000) + "\"]"));
  EXPECT_FALSE(nests_too_deep(R"(["\")" + levels(1000) + "\"]"));
  EXPECT_FALSE(nests_too_deep(R"(["\\\")" + levels(1000) + "\"]"));
}

TEST(JsonDepth, ATextEndsWhereItsQuoteIsNotEscaped) {
  EXPECT_TRUE(nests_too_deep(R"(["\\",)" + levels(kMostJsonLevels) + "]"));
}

TEST(JsonDepth, AnUnfinishedTextOrListIsJudgedAsFarAsItGoes) {
  EXPECT_FALSE(nests_too_deep(""));
  EXPECT_FALSE(nests_too_deep("\""));
  EXPECT_FALSE(nests_too_deep("\"\\"));
  EXPECT_TRUE(nests_too_deep(std::string(1000, '[')));
  EXPECT_FALSE(nests_too_deep(std::string(1000, ']')));
}

TEST(JsonDepth, TheSentenceNamesTheNumber) {
  EXPECT_EQ(nesting_problem(), "it nests deeper than 100 levels");
}

}  // namespace
}  // namespace lockstep::test
