// SPDX-License-Identifier: Apache-2.0
#include "text/training_lines.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "support/temp_directory.h"
#include "text/text_samples.h"

namespace lockstep::test {
namespace {

using namespace std::string_view_literals;
using testing::ElementsAre;

TEST(TrainingLines, AreAllLinesOfASmallCorpus) {
  const TempDirectory folder;
  const auto a = write_text(folder / "a.txt", "one\n\ntwo\n");
  const auto b = write_text(folder / "b.txt", "three");
  EXPECT_THAT(training_lines({a, b}), ElementsAre("one", "two", "three"));
}

TEST(TrainingLines, AreTakenEvenlyFromALargeCorpus) {
  const TempDirectory folder;
  const auto a = write_text(folder / "a.txt", "1111\n2222\n3333\n4444\n5555\n6666\n");
  EXPECT_THAT(training_lines({a}, 10), ElementsAre("1111", "5555"));
}

TEST(TrainingLines, OfTextThatAlternatesAreOfBothKinds) {
  const TempDirectory folder;
  const auto a = write_text(folder / "a.txt", repeated("one.\nother\n", 300));
  const std::vector<std::string> lines = training_lines({a}, 1650);  // of 3,300: one of two
  EXPECT_EQ(lines.size(), 300U);
  EXPECT_NEAR(static_cast<double>(std::ranges::count(lines, "one.")), 150.0, 40.0);
}

TEST(TrainingLines, OfTextWithFewLinesAreNotNone) {
  const TempDirectory folder;
  const auto a = write_text(folder / "a.txt", repeated("\n", 100) + "word\n");
  EXPECT_THAT(training_lines({a}, 10), ElementsAre("word"));
}

TEST(TrainingLines, CanBeEnded) {
  const TempDirectory folder;
  const auto a = write_text(folder / "a.txt", "one\n");
  EXPECT_THAT([&] { training_lines({a}, 10, [] { throw Error(ErrorKind::stopped, "enough"); }); },
              throws_error(ErrorKind::stopped, "enough"));
}

TEST(TrainingLines, NeverExceedTheLimit) {
  const TempDirectory folder;
  const auto a = write_text(folder / "a.txt", "1234567\n1\n1\n1\n7654321\n1\n1\n1\n12\n");
  EXPECT_THAT(training_lines({a}, 11), ElementsAre("1234567", "12"));
}

TEST(TrainingLines, EndAtReservedCharacters) {
  const TempDirectory folder;
  const auto a = write_text(folder / "a.txt", "a\tb\0c\u2581d\u2585e\u2582f\n"sv);
  EXPECT_THAT(training_lines({a}), ElementsAre("a", "b", "c", "d", "e\u2582f"));
}

TEST(TrainingLines, AreCutBetweenCharactersWhenTooLong) {
  const TempDirectory folder;
  const auto a = write_text(folder / "a.txt", repeated("\u4eca", 2000));
  EXPECT_THAT(training_lines({a}), ElementsAre(repeated("\u4eca", 1365), repeated("\u4eca", 635)));
}

}  // namespace
}  // namespace lockstep::test
