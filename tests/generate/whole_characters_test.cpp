// SPDX-License-Identifier: Apache-2.0
#include "generate/whole_characters.h"

#include <gtest/gtest.h>

namespace lockstep::test {
namespace {

// What comes of `text` given byte by byte, its pieces set apart.
std::string byte_by_byte(std::string_view text) {
  WholeCharacters characters;
  std::string pieces;
  const auto add = [&](const std::string& piece) {
    if (!piece.empty()) pieces += "[" + piece + "]";
  };
  for (const char byte : text) add(characters.add({&byte, 1}));
  add(characters.end());
  return pieces;
}

TEST(WholeCharacters, LeaveWhenTheirLastByteHasCome) {
  EXPECT_EQ(byte_by_byte("a\u00e9中🐎b"), "[a][\u00e9][中][🐎][b]");
}

TEST(WholeCharacters, SeveralBytesAtOnceLeaveAtOnce) {
  WholeCharacters characters;
  EXPECT_EQ(characters.add("中文\xE4\xB8"), "中文");
  EXPECT_EQ(characters.add("\xAD!"), "中!");
  EXPECT_EQ(characters.end(), "");
}

TEST(WholeCharacters, ABegunCharacterIsReplacedAtTheEnd) {
  EXPECT_EQ(byte_by_byte("a\xE4\xB8"), "[a][\uFFFD]");
}

TEST(WholeCharacters, NothingIsLeftAfterTheEnd) {
  WholeCharacters characters;
  characters.add("\xE4");
  EXPECT_EQ(characters.end(), "\uFFFD");
  EXPECT_EQ(characters.end(), "");
  EXPECT_EQ(characters.add("b"), "b");
}

TEST(WholeCharacters, BytesOfNoCharacterAreReplaced) {
  EXPECT_EQ(byte_by_byte("\xFF"), "[\uFFFD]");
  WholeCharacters characters;
  EXPECT_EQ(characters.add("a\x80\xFFz\xE4z"), "a\uFFFD\uFFFDz\uFFFDz");
}

}  // namespace
}  // namespace lockstep::test
