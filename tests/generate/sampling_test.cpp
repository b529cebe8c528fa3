// SPDX-License-Identifier: Apache-2.0
#include "generate/sampling.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <map>

#include "support/message_of.h"

namespace lockstep::test {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr int kDraws = 1000;

// The logits of these probabilities.
std::vector<float> logits_of(const std::vector<double>& probabilities) {
  std::vector<float> logits;
  logits.reserve(probabilities.size());
  for (const double probability : probabilities)
    logits.push_back(static_cast<float>(std::log(probability)));
  return logits;
}

// How often each token comes, of 1,000 numbers spread evenly.
std::map<TokenId, int> draws(const std::vector<float>& logits, const Sampling& sampling,
                             const std::vector<TokenId>& seen = {}) {
  std::map<TokenId, int> counts;
  for (int i = 0; i < kDraws; ++i)
    ++counts[sample_token(logits, seen, sampling, (i + 0.5) / kDraws)];
  return counts;
}

using Counts = std::map<TokenId, int>;

const std::vector<double> kFour = {0.1, 0.4, 0.2, 0.3};

TEST(Sampling, DrawsEachTokenWithItsProbability) {
  EXPECT_EQ(draws(logits_of(kFour), {}), (Counts{{0, 100}, {1, 400}, {2, 200}, {3, 300}}));
}

TEST(Sampling, TheEndsOfTheRangeAreTokens) {
  EXPECT_EQ(sample_token(logits_of(kFour), {}, {}, 0.0), 1U);
  EXPECT_EQ(sample_token(logits_of(kFour), {}, {}, std::nextafter(1.0, 0.0)), 0U);
}

TEST(Sampling, TemperatureRaisesProbabilitiesToItsInverse) {
  // 0.1^2 : 0.4^2 : 0.2^2 : 0.3^2 = 1 : 16 : 4 : 9
  EXPECT_EQ(draws(logits_of(kFour), {.temperature = 0.5}),
            (Counts{{0, 33}, {1, 533}, {2, 134}, {3, 300}}));
}

TEST(Sampling, TemperatureZeroTakesTheMostLikely) {
  EXPECT_EQ(draws(logits_of(kFour), {.temperature = 0.0}), (Counts{{1, kDraws}}));
}

TEST(Sampling, OfEqualsTheLowerTokenComesFirst) {
  EXPECT_EQ(draws({1.0F, 2.0F, 2.0F}, {.temperature = 0.0}), (Counts{{1, kDraws}}));
  EXPECT_EQ(draws({2.0F, 2.0F, 2.0F}, {.top_k = 2}), (Counts{{0, 500}, {1, 500}}));
}

TEST(Sampling, TopKLeavesTheKMostLikely) {
  EXPECT_EQ(draws(logits_of(kFour), {.top_k = 1}), (Counts{{1, kDraws}}));
  EXPECT_EQ(draws(logits_of(kFour), {.top_k = 2}), (Counts{{1, 571}, {3, 429}}));
  EXPECT_EQ(draws(logits_of(kFour), {.top_k = 4}), draws(logits_of(kFour), {}));
  EXPECT_EQ(draws(logits_of(kFour), {.top_k = 1000}), draws(logits_of(kFour), {}));
}

TEST(Sampling, TopPLeavesTheFewestThatHaveIt) {
  EXPECT_EQ(draws(logits_of(kFour), {.top_p = 0.0}), (Counts{{1, kDraws}}));
  EXPECT_EQ(draws(logits_of(kFour), {.top_p = 0.01}), (Counts{{1, kDraws}}));
  EXPECT_EQ(draws(logits_of(kFour), {.top_p = 0.39}), (Counts{{1, kDraws}}));
  EXPECT_EQ(draws(logits_of(kFour), {.top_p = 0.41}), (Counts{{1, 571}, {3, 429}}));
  EXPECT_EQ(draws(logits_of(kFour), {.top_p = 0.69}), (Counts{{1, 571}, {3, 429}}));
  EXPECT_EQ(draws(logits_of(kFour), {.top_p = 0.71}).size(), 3U);
  EXPECT_EQ(draws(logits_of(kFour), {.top_p = 1.0}), draws(logits_of(kFour), {}));
}

// Of the two that top-k leaves, the first alone has 0.57 of what is left.
TEST(Sampling, TopPIsOfWhatTopKLeaves) {
  EXPECT_EQ(draws(logits_of(kFour), {.top_k = 2, .top_p = 0.5}), (Counts{{1, kDraws}}));
}

// At this temperature the first alone has 0.53.
TEST(Sampling, TopPIsOfWhatTheTemperatureMakes) {
  EXPECT_EQ(draws(logits_of(kFour), {.temperature = 0.5, .top_p = 0.5}), (Counts{{1, kDraws}}));
}

TEST(Sampling, ThePenaltyMakesSeenTokensLessLikelyWhateverTheirSign) {
  const Sampling sampling{.repetition_penalty = 2.0, .temperature = 0.0};
  EXPECT_EQ(sample_token({3.0F, 2.0F, 1.0F}, {0}, sampling, 0.0), 1U);
  EXPECT_EQ(sample_token({-1.0F, -1.5F, -3.0F}, {0}, sampling, 0.0), 1U);
  EXPECT_EQ(sample_token({5.0F, 2.0F, 1.0F}, {0}, sampling, 0.0), 0U);
}

TEST(Sampling, ThePenaltyIsTheSameForATokenSeenOften) {
  const Sampling sampling{.repetition_penalty = 1.2, .temperature = 0.0};
  EXPECT_EQ(sample_token({3.0F, 2.4F}, {0, 0, 0, 0}, sampling, 0.0), 0U);
}

TEST(Sampling, ATokenWithoutAProbabilityNeverComes) {
  EXPECT_EQ(draws({-kInfinity, 0.0F, std::nanf("")}, {}), (Counts{{1, kDraws}}));
}

TEST(Sampling, LargeLogitsDoNotOverflow) {
  EXPECT_EQ(draws({1e30F, 1e30F}, {.temperature = 0.01}), (Counts{{0, 500}, {1, 500}}));
}

TEST(Sampling, AModelThatHasDivergedIsSaid) {
  EXPECT_NE(message_of([] {
              sample_token({std::nanf(""), kInfinity}, {}, {}, 0.5);
            }).find("not finite numbers"),
            std::string::npos);
}

}  // namespace
}  // namespace lockstep::test
