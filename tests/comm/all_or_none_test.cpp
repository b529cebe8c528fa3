// SPDX-License-Identifier: Apache-2.0
#include "comm/all_or_none.h"

#include <gmock/gmock.h>

#include <atomic>
#include <functional>

#include "comm/solo_world.h"
#include "support/thread_world.h"

namespace lockstep::test {
namespace {

// The SharedError that `work` throws; a test failure if there is none.
SharedError shared_error_of(const std::function<void()>& work) {
  try {
    work();
  } catch (const SharedError& error) {
    return error;
  }
  ADD_FAILURE() << "nothing was thrown";
  return {ErrorKind::internal, ""};
}

TEST(AllOrNone, ReturnsWhenEveryRankSucceeds) {
  std::atomic<int> runs = 0;
  run_ranks(3, [&](World& world) { all_or_none(world, [&] { ++runs; }); });
  EXPECT_EQ(runs, 3);
}

TEST(AllOrNone, OneFailingRankFailsEveryRankAndIsNamed) {
  run_ranks(3, [](World& world) {
    const SharedError error = shared_error_of([&] {
      all_or_none(world, [&] {
        if (world.rank() == 1) throw Error(ErrorKind::checkpoint, "disk full");
      });
    });
    EXPECT_STREQ(error.what(), "rank 1: disk full");
    EXPECT_EQ(error.kind(), ErrorKind::checkpoint);
  });
}

TEST(AllOrNone, EqualTextsOfAllRanksAreSaidOnce) {
  run_ranks(3, [](World& world) {
    const SharedError error = shared_error_of(
        [&] { all_or_none(world, [] { throw Error(ErrorKind::usage, "unknown preset long"); }); });
    EXPECT_STREQ(error.what(), "unknown preset long");
    EXPECT_EQ(error.kind(), ErrorKind::usage);
  });
}

TEST(AllOrNone, DifferentTextsAreSaidWithTheirRanks) {
  run_ranks(3, [](World& world) {
    const SharedError error = shared_error_of([&] {
      all_or_none(world, [&] {
        if (world.rank() == 0) return;
        throw Error(ErrorKind::input, "text " + std::to_string(world.rank()) + " is missing");
      });
    });
    EXPECT_STREQ(error.what(), "rank 1: text 1 is missing\nrank 2: text 2 is missing");
  });
}

TEST(AllOrNone, TheFirstFailingRankGivesTheKind) {
  run_ranks(3, [](World& world) {
    const SharedError error = shared_error_of([&] {
      all_or_none(world, [&] {
        if (world.rank() == 1) throw Error(ErrorKind::input, "no text");
        if (world.rank() == 2) throw Error(ErrorKind::checkpoint, "no disk");
      });
    });
    EXPECT_EQ(error.kind(), ErrorKind::input);
  });
}

TEST(AllOrNone, EveryKindIsKept) {
  for (const ErrorKind kind :
       {ErrorKind::usage, ErrorKind::input, ErrorKind::checkpoint, ErrorKind::communication,
        ErrorKind::divergence, ErrorKind::internal}) {
    run_ranks(2, [&](World& world) {
      const SharedError error =
          shared_error_of([&] { all_or_none(world, [&] { throw Error(kind, "text"); }); });
      EXPECT_EQ(error.kind(), kind);
      EXPECT_STREQ(error.what(), "text");
    });
  }
}

TEST(AllOrNone, AForeignExceptionIsInternal) {
  run_ranks(2, [](World& world) {
    const SharedError error = shared_error_of([&] {
      all_or_none(world, [&] {
        if (world.rank() == 0) throw std::out_of_range("vector");
      });
    });
    EXPECT_EQ(error.kind(), ErrorKind::internal);
    EXPECT_STREQ(error.what(), "rank 0: vector");
  });
}

TEST(AllOrNone, AnEmptyMessageStillFailsEveryRank) {
  run_ranks(2, [](World& world) {
    const SharedError error = shared_error_of([&] {
      all_or_none(world, [&] {
        if (world.rank() == 1) throw Error(ErrorKind::input, "");
      });
    });
    EXPECT_STREQ(error.what(), "rank 1: ");
  });
}

TEST(AllOrNone, AfterAFailureTheRanksAreStillInStep) {
  run_ranks(3, [](World& world) {
    EXPECT_THROW(all_or_none(world, [] { throw Error(ErrorKind::input, "no text"); }), SharedError);
    all_or_none(world, [] {});
    EXPECT_EQ(world.gather_all("here").size(), 3U);
  });
}

TEST(AllOrNone, AWorldOfOneNeedsNoRankInItsMessage) {
  SoloWorld world;
  const SharedError error = shared_error_of(
      [&] { all_or_none(world, [] { throw Error(ErrorKind::input, "no text"); }); });
  EXPECT_STREQ(error.what(), "no text");
}

TEST(AskRankZero, GivesTheAnswerOfRankZeroToAll) {
  std::atomic<int> runs = 0;
  run_ranks(3, [&](World& world) {
    const std::string answer = ask_rank_zero(world, [&] {
      ++runs;
      return "answer of rank " + std::to_string(world.rank());
    });
    EXPECT_EQ(answer, "answer of rank 0");
  });
  EXPECT_EQ(runs, 1);
}

TEST(AskRankZero, AnEmptyAnswerIsAnAnswer) {
  run_ranks(
      2, [](World& world) { EXPECT_EQ(ask_rank_zero(world, [] { return std::string(); }), ""); });
}

TEST(AskRankZero, AFailureOfRankZeroFailsEveryRank) {
  run_ranks(3, [](World& world) {
    const SharedError error = shared_error_of([&] {
      ask_rank_zero(world, []() -> std::string { throw Error(ErrorKind::input, "no text"); });
    });
    EXPECT_STREQ(error.what(), "no text");
    EXPECT_EQ(error.kind(), ErrorKind::input);
  });
}

}  // namespace
}  // namespace lockstep::test
