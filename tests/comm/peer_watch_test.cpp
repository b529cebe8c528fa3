// SPDX-License-Identifier: Apache-2.0
#include "comm/peer_watch.h"

#include <gtest/gtest.h>

namespace lockstep {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr PeerWatch::Time kStart{};

Pulse pulse(std::int64_t step, const char* what, std::uint64_t moves = 0) {
  return pulse_of({.step = step, .what = what, .waits = false, .moves = moves}, 0.0);
}

Pulse waiting(std::uint64_t moves = 0) {
  return pulse_of({.step = 7, .what = "exchanging gradients", .waits = true, .moves = moves}, 0.0);
}

Pulse busy(double busy_seconds) {
  return pulse_of({.step = 7, .what = "computing", .waits = false, .moves = 0}, busy_seconds);
}

// Four ranks on two hosts, watched by rank 0.
class PeerWatchTest : public testing::Test {
 protected:
  PeerWatch watch_{{"h1", "h1", "h2", "h2"},
                   {0, 1, 2, 3},
                   {.silence = seconds(60), .standstill = seconds(600)},
                   kStart};

  // Asks every second from `from` on, as the watchdog does, while the `talking` ranks send `pulse`.
  std::string problem_until(seconds from, seconds until, const std::vector<int>& talking,
                            const Pulse& pulse) {
    for (seconds now = from; now <= until; ++now) {
      for (const int rank : talking) watch_.heard(rank, pulse, kStart + now);
      if (const auto problem = watch_.problem(kStart + now)) return *problem;
    }
    return "";
  }
};

TEST_F(PeerWatchTest, NothingIsWrongWhileAllAreHeardOf) {
  for (int step = 1; step <= 500; ++step)
    EXPECT_EQ(problem_until(seconds(step), seconds(step), {0, 1, 2, 3},
                            pulse(step, "computing", static_cast<std::uint64_t>(step))),
              "");
}

TEST_F(PeerWatchTest, ASilentRankIsNamedWithItsHostAndWhatItWasLastDoing) {
  watch_.heard(2, pulse(1204, "exchanging gradients"), kStart + seconds(1));
  EXPECT_EQ(problem_until(seconds(1), seconds(60), {0, 1, 3}, pulse(1204, "computing")), "");
  EXPECT_EQ(problem_until(seconds(61), seconds(61), {0, 1, 3}, pulse(1204, "computing")),
            "rank 2 on h2 has not answered for 60 s (step 1204, exchanging gradients)");
}

TEST_F(PeerWatchTest, TheRanksOfALostHostAreNamedTogether) {
  watch_.heard(2, pulse(9, "computing"), kStart + milliseconds(100));
  watch_.heard(3, pulse(9, "computing"), kStart + milliseconds(1100));
  EXPECT_EQ(problem_until(seconds(1), seconds(70), {0, 1}, pulse(9, "computing")),
            "ranks 2-3 on h2 have not answered for 60 s (step 9, computing)");
}

TEST_F(PeerWatchTest, ARankThatIsGoneIsNamedAtOnceWithThoseThatGoWithIt) {
  watch_.gone(3, kStart + milliseconds(1000));
  EXPECT_EQ(watch_.problem(kStart + milliseconds(1100)), std::nullopt);
  watch_.gone(1, kStart + milliseconds(1200));
  EXPECT_EQ(watch_.problem(kStart + milliseconds(1300)),
            "rank 1 on h1 and rank 3 on h2 are gone (starting)");
}

TEST_F(PeerWatchTest, ARankThatLeftInGoodOrderIsNotMissed) {
  watch_.left(2);
  watch_.gone(2, kStart + seconds(1));
  EXPECT_EQ(problem_until(seconds(1), seconds(100), {0, 1, 3}, pulse(3, "validating", 1)), "");
}

TEST_F(PeerWatchTest, OnlyWatchedRanksAreJudged) {
  PeerWatch of_rank_two{{"h1", "h1", "h2"}, {0}, {.silence = seconds(60)}, kStart};
  std::optional<std::string> problem;
  for (int now = 1; now <= 100; ++now) {
    of_rank_two.heard(0, waiting(), kStart + seconds(now));
    problem = of_rank_two.problem(kStart + seconds(now));
    EXPECT_EQ(problem, std::nullopt);
  }
}

TEST_F(PeerWatchTest, NobodyIsBlamedForAPauseOfThisProcess) {
  EXPECT_EQ(problem_until(seconds(1), seconds(10), {0, 1, 2, 3}, pulse(3, "computing")), "");
  EXPECT_EQ(watch_.problem(kStart + seconds(1000)), std::nullopt);
  EXPECT_NE(problem_until(seconds(1001), seconds(1062), {0, 1, 2}, pulse(3, "computing")), "");
}

TEST_F(PeerWatchTest, ARankMayComputeForHoursWhileTheOthersWait) {
  for (int now = 1; now <= 10'000; ++now) {
    for (const int rank : {0, 1, 2}) watch_.heard(rank, waiting(), kStart + seconds(now));
    watch_.heard(3, busy(0.5 * now), kStart + seconds(now));
    ASSERT_EQ(watch_.problem(kStart + seconds(now)), std::nullopt) << now;
  }
}

TEST_F(PeerWatchTest, ARankThatAnswersAndDoesNothingWhileTheOthersWaitIsNamed) {
  std::optional<std::string> problem;
  for (int now = 1; now <= 600 && !problem; ++now) {
    for (const int rank : {0, 1, 2}) watch_.heard(rank, waiting(), kStart + seconds(now));
    watch_.heard(3, pulse(7, "computing"), kStart + seconds(now));
    problem = watch_.problem(kStart + seconds(now));
    EXPECT_EQ(problem.has_value(), now == 600) << now;
  }
  EXPECT_EQ(problem, "rank 3 on h2 answers, but has not got on for 600 s (step 7, computing)");
}

// As the libraries' threads do beside one that hangs.
TEST_F(PeerWatchTest, ThreadsThatOnlyWakeUpNowAndThenDoNotHideAStandstill) {
  for (int now = 1; now <= 600; ++now) {
    for (const int rank : {0, 1, 2}) watch_.heard(rank, waiting(), kStart + seconds(now));
    watch_.heard(3, busy(0.001 * now), kStart + seconds(now));
    const std::optional<std::string> problem = watch_.problem(kStart + seconds(now));
    ASSERT_EQ(problem.has_value(), now == 600) << now;
  }
}

TEST_F(PeerWatchTest, ARankThatReadsFromASlowDiskIsNoStandstill) {
  for (int now = 1; now <= 10'000; ++now) {
    for (const int rank : {0, 1, 2}) watch_.heard(rank, waiting(), kStart + seconds(now));
    watch_.heard(3, busy(0.005 * now), kStart + seconds(now));
    ASSERT_EQ(watch_.problem(kStart + seconds(now)), std::nullopt) << now;
  }
}

TEST_F(PeerWatchTest, ATransferThatGetsOnSlowlyIsNoStandstill) {
  for (int now = 1; now <= 5'000; ++now)
    ASSERT_EQ(problem_until(seconds(now), seconds(now), {0, 1, 2, 3},
                            waiting(static_cast<std::uint64_t>(now / 500))),
              "")
        << now;
}

TEST_F(PeerWatchTest, RanksThatAllWaitForEachOtherHaveLostAMessage) {
  EXPECT_EQ(problem_until(seconds(1), seconds(700), {0, 1, 2, 3}, waiting()),
            "ranks 0-1 on h1 and ranks 2-3 on h2 answer, but nothing has arrived between "
            "them for 600 s (step 7, exchanging gradients)");
}

TEST_F(PeerWatchTest, AShortSilenceCanBeAskedFor) {
  watch_.heard(1, pulse(7, "computing"), kStart + seconds(3));
  watch_.heard(2, pulse(7, "computing"), kStart + seconds(1));
  watch_.heard(3, pulse(7, "computing"), kStart + seconds(3));
  watch_.heard(0, pulse(7, "computing"), kStart + seconds(3));
  EXPECT_EQ(watch_.silence(kStart + seconds(6), seconds(5)),
            "rank 2 on h2 has not answered for 5 s (step 7, computing)");
  EXPECT_EQ(watch_.silence(kStart + seconds(6), seconds(6)), std::nullopt);
}

TEST(PeerWatch, ManyRanksAreSaidAsRanges) {
  PeerWatch watch{{"a", "b", "b", "b", "c", "b", "b"}, {1, 2, 3, 4, 5, 6}, {}, kStart};
  for (const int rank : {1, 2, 3, 5, 6}) watch.gone(rank, kStart);
  EXPECT_EQ(watch.problem(kStart + seconds(1)), "ranks 1-3, 5-6 on b are gone (starting)");
}

}  // namespace
}  // namespace lockstep
