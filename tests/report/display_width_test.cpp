// SPDX-License-Identifier: Apache-2.0
#include "report/display_width.h"

#include <gtest/gtest.h>

namespace lockstep::test {
namespace {

TEST(DisplayWidth, OfAsciiIsItsLength) {
  EXPECT_EQ(display_width(""), 0);
  EXPECT_EQ(display_width("model.pt"), 8);
}

TEST(DisplayWidth, OfChineseIsTwoEach) {
  EXPECT_EQ(display_width("文件名"), 6);
  EXPECT_EQ(display_width("第1轮"), 5);
}

TEST(DisplayWidth, OfFullwidthFormsAndPunctuationIsTwo) {
  EXPECT_EQ(display_width("Ａ"), 2);
  EXPECT_EQ(display_width("："), 2);
  EXPECT_EQ(display_width("。"), 2);
}

TEST(DisplayWidth, OfHalfwidthKatakanaIsOne) { EXPECT_EQ(display_width("ｱ"), 1); }

TEST(DisplayWidth, OfEmojiIsTwo) {
  EXPECT_EQ(display_width("📊"), 2);
  EXPECT_EQ(display_width("🏆"), 2);
  EXPECT_EQ(display_width("⭐"), 2);
  EXPECT_EQ(display_width("❌"), 2);
}

TEST(DisplayWidth, OfATextSymbolIsOneUntilASelectorMakesItAnEmoji) {
  EXPECT_EQ(display_width("\u23F1"), 1);
  EXPECT_EQ(display_width("\u23F1\uFE0F"), 2);
  EXPECT_EQ(display_width("\u2139\uFE0F"), 2);
  EXPECT_EQ(display_width("\U0001F5D1\uFE0F"), 2);
}

TEST(DisplayWidth, OfAWideEmojiWithASelectorStaysTwo) {
  EXPECT_EQ(display_width("\u2B50\uFE0F"), 2);
}

TEST(DisplayWidth, OfCombiningMarksAndJoinersIsNone) {
  EXPECT_EQ(display_width("e\u0301"), 1);
  EXPECT_EQ(display_width("a\u200Db"), 2);
}

TEST(DisplayWidth, OfBlocksAndCheckMarkIsOne) {
  EXPECT_EQ(display_width("█▏"), 2);
  EXPECT_EQ(display_width("✓"), 1);
}

TEST(DisplayWidth, OfBytesThatAreNotUtf8IsOneEach) {
  EXPECT_EQ(display_width("\xFF\xFE"), 2);
  EXPECT_EQ(display_width("\xE6\x96"), 2);  // a character that is cut off
  EXPECT_EQ(display_width("\xE6"
                          "ab"),
            3);
}

TEST(PadRight, CountsCells) {
  EXPECT_EQ(pad_right("文件", 6), "文件  ");
  EXPECT_EQ(pad_right("\u23F1\uFE0F", 4), "\u23F1\uFE0F  ");
}

TEST(PadLeft, CountsCells) { EXPECT_EQ(pad_left("大", 4), "  大"); }

TEST(Center, PutsTheOddCellToTheRight) { EXPECT_EQ(center("大", 5), " 大  "); }

TEST(Padding, KeepsTextThatIsTooLong) {
  EXPECT_EQ(pad_right("文件", 3), "文件");
  EXPECT_EQ(pad_left("文件", 3), "文件");
  EXPECT_EQ(center("文件", 3), "文件");
}

TEST(Fit, NeverCutsACharacterInTwo) {
  EXPECT_EQ(fit("文件", 3), "文");
  EXPECT_EQ(fit("文件", 4), "文件");
  EXPECT_EQ(fit("a文", 0), "");
}

TEST(Fit, KeepsASelectorWithItsSymbol) {
  EXPECT_EQ(fit("\u23F1\uFE0Fx", 1), "");
  EXPECT_EQ(fit("\u23F1\uFE0Fx", 2), "\u23F1\uFE0F");
}

}  // namespace
}  // namespace lockstep::test
