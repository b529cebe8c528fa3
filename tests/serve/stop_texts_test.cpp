// SPDX-License-Identifier: Apache-2.0
#include "serve/stop_texts.h"

#include <gtest/gtest.h>

namespace lockstep::test {
namespace {

// What is said of a text that comes character by character; "|" where it has ended.
std::string said(const std::string& text, const std::vector<std::string>& stops) {
  StopTexts ended(stops);
  std::string all;
  for (const char character : text) {
    all += ended.add({&character, 1});
    if (ended.is_found()) return all + "|";
  }
  return all + ended.end();
}

TEST(StopTexts, EndTheTextBeforeTheFirst) {
  EXPECT_EQ(said("one. two. three", {". "}), "one|");
  EXPECT_EQ(said("abcde", {"d", "bc"}), "a|");
  EXPECT_EQ(said("abc", {"a"}), "|");
}

TEST(StopTexts, WithoutOneAllIsSaid) {
  EXPECT_EQ(said("abc", {}), "abc");
  EXPECT_EQ(said("abc", {"x"}), "abc");
  EXPECT_EQ(said("abab", {"abc"}), "abab");
}

TEST(StopTexts, ABeginningIsHeldBackAndSaidWhenItIsNone) {
  StopTexts stops({"###"});
  EXPECT_EQ(stops.add("a#"), "a");
  EXPECT_EQ(stops.add("#"), "");
  EXPECT_EQ(stops.add("b#"), "##b");
  EXPECT_FALSE(stops.is_found());
  EXPECT_EQ(stops.end(), "#");
  EXPECT_EQ(stops.end(), "");
}

TEST(StopTexts, AStopMayBeginWithinABeginning) {
  EXPECT_EQ(said("aab", {"ab"}), "a|");
  EXPECT_EQ(said("ababac", {"abac"}), "ab|");
}

TEST(StopTexts, OfSeveralInOnePieceTheFirstCounts) {
  StopTexts stops({"three", "two"});
  EXPECT_EQ(stops.add("one two three"), "one ");
  EXPECT_TRUE(stops.is_found());
  EXPECT_EQ(stops.add("more"), "");
  EXPECT_EQ(stops.end(), "");
}

}  // namespace
}  // namespace lockstep::test
