// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include <thread>

#include "base/log.h"
#include "comm/all_or_none.h"
#include "comm/launcher.h"
#include "comm/mpi_meeting.h"
#include "ranks/rank_world.h"

namespace lockstep::test {
namespace {

// Another text on every rank: rank 0 says nothing, rank 2 says "2 2 ".
std::string text_of_rank(int rank, int words) {
  std::string text;
  for (int word = 0; word < rank * words; ++word) text += std::to_string(rank) + " ";
  return text;
}

void expect_texts_of_all_ranks(World& world, int words) {
  const std::vector<std::string> texts = world.gather_all(text_of_rank(world.rank(), words));
  ASSERT_EQ(texts.size(), static_cast<std::size_t>(world.size()));
  for (int rank = 0; rank < world.size(); ++rank)
    EXPECT_EQ(texts[static_cast<std::size_t>(rank)], text_of_rank(rank, words)) << "rank " << rank;
}

TEST(MpiWorld, EveryRankHasANumberOfItsOwn) {
  World& world = rank_world();
  const auto ranks = world.gather_all(std::vector<double>{static_cast<double>(world.rank())});
  ASSERT_EQ(ranks.size(), static_cast<std::size_t>(world.size()));
  for (std::size_t rank = 0; rank < ranks.size(); ++rank)
    EXPECT_THAT(ranks[rank], testing::ElementsAre(static_cast<double>(rank)));
}

TEST(MpiMeeting, RanksThatAllComeMeetAgain) { mpi_meet(std::chrono::seconds(60)); }

TEST(MpiMeeting, AnAbsentRankIsNamedWithTheHostOfWhoWaits) {
  World& world = rank_world();
  if (world.rank() == 0 && world.size() > 1) {
    try {
      mpi_meet(std::chrono::seconds(1));
      ADD_FAILURE() << "did not throw";
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::communication);
      EXPECT_THAT(error.what(), testing::HasSubstr(rank_name(0) + " does not reach rank 1"));
      EXPECT_THAT(error.what(), testing::HasSubstr("--mca btl_tcp_if_include"));
    }
  }
  world.gather_all(std::vector<double>());
}

// Rank tests run on one machine.
TEST(MpiWorld, OnOneMachineLocalRanksAreTheRanks) {
  EXPECT_EQ(rank_world().local_rank(), rank_world().rank());
  EXPECT_EQ(rank_world().local_leader(), 0);
}

TEST(MpiWorld, KnowsThatALauncherStartedIt) {
  const Launch launch = launch_of_this_process();
  EXPECT_TRUE(launch.joins_mpi);
  EXPECT_EQ(launch.processes, rank_world().size());
  EXPECT_EQ(launch.process, rank_world().rank());
}

TEST(MpiWorld, GathersTextsOfDifferentLengths) { expect_texts_of_all_ranks(rank_world(), 1); }

TEST(MpiWorld, GathersTextsOfSeveralMegabytes) {
  expect_texts_of_all_ranks(rank_world(), 1'000'000);
}

// The same of every rank.
std::vector<std::string> from_all(const std::string& text) {
  return std::vector<std::string>(static_cast<std::size_t>(rank_world().size()), text);
}

TEST(MpiWorld, GathersNothingFromAll) {
  EXPECT_EQ(rank_world().gather_all(std::string()), from_all(""));
}

TEST(MpiWorld, GathersTextsWithEveryByte) {
  const std::string text("a\0\xff\n", 4);
  EXPECT_EQ(rank_world().gather_all(text), from_all(text));
}

std::vector<std::string> wait_for(PendingTexts& pending) {
  for (;;) {
    if (auto texts = pending.poll()) return *std::move(texts);
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

TEST(MpiWorld, AnExchangeInTheBackgroundWaitsForNobody) {
  World& world = rank_world();
  // Were it to wait, rank 0 would never reach the collective in which the others are.
  std::unique_ptr<PendingTexts> pending;
  if (world.rank() == 0) {
    pending = world.start_gather(text_of_rank(0, 3));
    EXPECT_EQ(pending->poll().has_value(), world.size() == 1);
    if (world.size() == 1) return;
  }
  world.gather_all("in between");
  if (world.rank() != 0) pending = world.start_gather(text_of_rank(world.rank(), 3));
  const std::vector<std::string> texts = wait_for(*pending);
  ASSERT_EQ(texts.size(), static_cast<std::size_t>(world.size()));
  for (int rank = 0; rank < world.size(); ++rank)
    EXPECT_EQ(texts[static_cast<std::size_t>(rank)], text_of_rank(rank, 3));
}

TEST(MpiWorld, TwoExchangesInTheBackgroundDoNotMix) {
  World& world = rank_world();
  const std::unique_ptr<PendingTexts> first = world.start_gather("first");
  const std::unique_ptr<PendingTexts> second = world.start_gather("second");
  EXPECT_EQ(wait_for(*second), from_all("second"));
  EXPECT_EQ(wait_for(*first), from_all("first"));
}

TEST(MpiWorld, GathersNumbersOfDifferentCounts) {
  World& world = rank_world();
  const std::vector<double> mine(static_cast<std::size_t>(world.rank()), 0.1 * world.rank());
  const auto all = world.gather_all(mine);
  ASSERT_EQ(all.size(), static_cast<std::size_t>(world.size()));
  for (int rank = 0; rank < world.size(); ++rank)
    EXPECT_EQ(all[static_cast<std::size_t>(rank)],
              std::vector<double>(static_cast<std::size_t>(rank), 0.1 * rank));
}

TEST(MpiWorld, ManyGatheringsDoNotMix) {
  for (int round = 0; round < 500; ++round)
    EXPECT_EQ(rank_world().gather_all(std::to_string(round)), from_all(std::to_string(round)));
}

TEST(AllOrNoneOverMpi, SucceedsWhenAllDo) {
  EXPECT_NO_THROW(all_or_none(rank_world(), [] {}));
}

TEST(AllOrNoneOverMpi, TheLastRankAloneFailsAll) {
  World& world = rank_world();
  try {
    all_or_none(world, [&] {
      if (world.rank() == world.size() - 1) throw Error(ErrorKind::checkpoint, "disk full");
    });
    ADD_FAILURE() << "nothing was thrown";
  } catch (const SharedError& error) {
    EXPECT_EQ(error.kind(), ErrorKind::checkpoint);
    EXPECT_THAT(error.what(), testing::EndsWith("disk full"));
  }
}

TEST(AllOrNoneOverMpi, EqualTextsAreSaidOnce) {
  try {
    all_or_none(rank_world(), [] { throw Error(ErrorKind::usage, "unknown preset long"); });
    ADD_FAILURE() << "nothing was thrown";
  } catch (const SharedError& error) {
    EXPECT_STREQ(error.what(), "unknown preset long");
  }
}

TEST(AskRankZeroOverMpi, GivesTheAnswerToAll) {
  World& world = rank_world();
  const std::string answer =
      ask_rank_zero(world, [&] { return "rank " + std::to_string(world.rank()); });
  EXPECT_EQ(answer, "rank 0");
}

TEST(AskRankZeroOverMpi, WaitsForASlowRankZero) {
  const std::string answer = ask_rank_zero(rank_world(), [] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    return std::string("at last");
  });
  EXPECT_EQ(answer, "at last");
}

}  // namespace
}  // namespace lockstep::test
