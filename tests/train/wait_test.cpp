// SPDX-License-Identifier: Apache-2.0
#include "train/wait.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace lockstep {
namespace {

using namespace std::chrono_literals;

// Looks every `pause`, until the patience has ended. Returns after how many looks it has.
int looks_with(Patience& patience, Patience::Clock::time_point start,
               Patience::Clock::duration pause) {
  constexpr int kTooMany = 10'000;
  for (int looks = 1; looks < kTooMany; ++looks)
    if (patience.has_ended(start + looks * pause)) return looks;
  return kTooMany;
}

const Patience::Clock::time_point kStart{1h};

TEST(Patience, EndsAfterItsLimit) {
  Patience patience(600s, kStart);
  EXPECT_EQ(looks_with(patience, kStart, 10s), 61);
  EXPECT_TRUE(patience.has_ended(kStart + 611s));
}

TEST(Patience, OfATimeWithoutLooksATwentiethOfTheLimitCounts) {
  Patience patience(600s, kStart);
  EXPECT_EQ(looks_with(patience, kStart, 10h), 21);
}

TEST(Patience, GoesOnAfterAPauseWhereItWas) {
  Patience patience(600s, kStart);
  EXPECT_FALSE(patience.has_ended(kStart + 10h));  // 30 s
  EXPECT_EQ(looks_with(patience, kStart + 10h, 10s), 58);
}

TEST(Patience, MayBeOfLessThanASecond) {
  Patience patience(1ns, kStart);
  EXPECT_FALSE(patience.has_ended(kStart + 1ns));
  EXPECT_TRUE(patience.has_ended(kStart + 2ns));
}

TEST(WaitUntil, ReturnsWhenItIsOver) {
  int looks = 0;
  wait_until([&] { return ++looks == 3; }, Patience(1h), "never said");
  EXPECT_EQ(looks, 3);
}

TEST(WaitUntil, SaysSoWhenItsPatienceHasEnded) {
  EXPECT_THROW(wait_until([] { return false; }, Patience(1ms), "nobody came"), Error);
}

}  // namespace
}  // namespace lockstep
