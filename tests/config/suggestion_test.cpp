// SPDX-License-Identifier: Apache-2.0
#include "config/suggestion.h"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

namespace lockstep::test {
namespace {

constexpr std::array<std::string_view, 3> kFlags = {"--learning-rate", "--batch-size", "--lang"};

TEST(Suggestion, ForgivesALetterOrTwo) {
  EXPECT_EQ(nearest_name("--lerning-rate", kFlags), "--learning-rate");
  EXPECT_EQ(nearest_name("--batch_size", kFlags), "--batch-size");
  EXPECT_EQ(nearest_name("--lagn", kFlags), "--lang");
}

TEST(Suggestion, CompletesABeginning) {
  EXPECT_EQ(nearest_name("--batch", kFlags), "--batch-size");
}

TEST(Suggestion, TakesTheNearestOfSeveral) {
  constexpr std::array<std::string_view, 3> kBetas = {"beta2x", "beta1", "beta22"};
  EXPECT_EQ(nearest_name("beta1x", kBetas), "beta2x");
  EXPECT_EQ(nearest_name("beta1", kBetas), "beta1");
}

TEST(Suggestion, SaysNothingWhenNothingIsClose) {
  EXPECT_EQ(nearest_name("--colour", kFlags), std::nullopt);
  EXPECT_EQ(nearest_name("", kFlags), std::nullopt);
  EXPECT_EQ(nearest_name("anything", {}), std::nullopt);
  EXPECT_EQ(did_you_mean(std::nullopt), "");
}

TEST(Suggestion, ListsWhatIsAllowed) {
  EXPECT_EQ(alternatives(kFlags), "'--learning-rate', '--batch-size' or '--lang'");
  EXPECT_EQ(choice_instead_of("--lng", kFlags),
            "'--learning-rate', '--batch-size' or '--lang'; did you mean '--lang'?");
}

TEST(Suggestion, JoinsAnyNumberOfTexts) {
  EXPECT_EQ(either_of({}), "");
  EXPECT_EQ(either_of(std::vector<std::string>{"1"}), "1");
  EXPECT_EQ(either_of(std::vector<std::string>{"1", "2"}), "1 or 2");
  EXPECT_EQ(either_of(std::vector<std::string>{"1", "2", "4"}), "1, 2 or 4");
}

}  // namespace
}  // namespace lockstep::test
