// SPDX-License-Identifier: Apache-2.0
#include "text/utf8.h"

#include <gtest/gtest.h>

#include <string>

namespace lockstep::test {
namespace {

using namespace std::string_view_literals;

TEST(Utf8, AcceptsTheFirstAndTheLastCharacterOfEveryLength) {
  EXPECT_FALSE(find_invalid_utf8("\0\x7F"sv));
  EXPECT_FALSE(find_invalid_utf8("\xC2\x80\xDF\xBF"));
  EXPECT_FALSE(find_invalid_utf8("\xE0\xA0\x80\xEF\xBF\xBF"));
  EXPECT_FALSE(find_invalid_utf8("\xF0\x90\x80\x80\xF4\x8F\xBF\xBF"));
}

TEST(Utf8, AcceptsTheNeighboursOfTheSurrogates) {
  EXPECT_FALSE(find_invalid_utf8("\xED\x9F\xBF\xEE\x80\x80"));
}

TEST(Utf8, AcceptsTheEmptyText) { EXPECT_FALSE(find_invalid_utf8("")); }

TEST(Utf8, RefusesOverlongForms) {
  EXPECT_EQ(find_invalid_utf8("a\xC0\x80"), 1U);
  EXPECT_EQ(find_invalid_utf8("a\xC1\xBF"), 1U);
  EXPECT_EQ(find_invalid_utf8("a\xE0\x9F\xBF"), 1U);
  EXPECT_EQ(find_invalid_utf8("a\xF0\x8F\xBF\xBF"), 1U);
}

TEST(Utf8, RefusesSurrogates) {
  EXPECT_EQ(find_invalid_utf8("\xED\xA0\x80"), 0U);
  EXPECT_EQ(find_invalid_utf8("\xED\xBF\xBF"), 0U);
}

TEST(Utf8, RefusesWhatLiesAboveTheLastCharacter) {
  EXPECT_EQ(find_invalid_utf8("\xF4\x90\x80\x80"), 0U);
  EXPECT_EQ(find_invalid_utf8("\xF5\x80\x80\x80"), 0U);
  EXPECT_EQ(find_invalid_utf8("\xFF"), 0U);
}

TEST(Utf8, RefusesAContinuationWithoutItsFirstByte) { EXPECT_EQ(find_invalid_utf8("ab\x80"), 2U); }

TEST(Utf8, RefusesACharacterThatBreaksOff) {
  EXPECT_EQ(find_invalid_utf8("abc\xE4\xBB"), 3U);
  EXPECT_EQ(find_invalid_utf8("\xC3"), 0U);
  EXPECT_EQ(find_invalid_utf8("\xF0\x9F\x99x"), 0U);
  EXPECT_EQ(find_invalid_utf8("\xE4\xBBxx"), 0U);
}

TEST(Utf8, NamesTheOffsetBehindLongerCharacters) {
  EXPECT_EQ(find_invalid_utf8("\u4eca\U0001F642\xFF"), 7U);
}

TEST(Utf8, ACompleteTextEndsComplete) {
  EXPECT_EQ(complete_utf8_end("ab"), 2U);
  EXPECT_EQ(complete_utf8_end("a\u4eca"), 4U);
  EXPECT_EQ(complete_utf8_end("\U0001F642"), 4U);
  EXPECT_EQ(complete_utf8_end(""), 0U);
}

TEST(Utf8, FindsWhereABrokenOffCharacterBegins) {
  EXPECT_EQ(complete_utf8_end("a\xC3"), 1U);
  EXPECT_EQ(complete_utf8_end("a\xE4\xBB"), 1U);
  EXPECT_EQ(complete_utf8_end("a\xF0\x9F\x99"), 1U);
}

TEST(Utf8, BytesOfNoCharacterCountAsComplete) {
  EXPECT_EQ(complete_utf8_end("\x80\x80\x80\x80"), 4U);
  EXPECT_EQ(complete_utf8_end("a\xFF"), 2U);
}

}  // namespace
}  // namespace lockstep::test
