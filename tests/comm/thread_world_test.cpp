// SPDX-License-Identifier: Apache-2.0
// The world that the other tests stand on: it must never leave a test hanging.
#include "support/thread_world.h"

#include <gmock/gmock.h>

#include <atomic>

namespace lockstep::test {
namespace {

using testing::ElementsAre;

TEST(ThreadWorld, RunsEveryRankOnce) {
  std::array<std::atomic<int>, 4> runs{};
  run_ranks(4, [&](World& world) {
    ++runs[static_cast<std::size_t>(world.rank())];
    EXPECT_EQ(world.size(), 4);
    EXPECT_EQ(world.local_rank(), world.rank());
    EXPECT_EQ(world.local_leader(), 0);
  });
  for (const auto& count : runs) EXPECT_EQ(count, 1);
}

TEST(ThreadWorld, GathersTextsInRankOrder) {
  run_ranks(3, [](World& world) {
    const std::string mine(static_cast<std::size_t>(world.rank()), 'x');
    EXPECT_THAT(world.gather_all(mine), ElementsAre("", "x", "xx"));
  });
}

TEST(ThreadWorld, GathersNumbersInRankOrder) {
  run_ranks(2, [](World& world) {
    const std::vector<double> mine(static_cast<std::size_t>(world.rank() + 1), 0.5);
    EXPECT_THAT(world.gather_all(mine), ElementsAre(ElementsAre(0.5), ElementsAre(0.5, 0.5)));
  });
}

TEST(ThreadWorld, ManyGatheringsDoNotMix) {
  run_ranks(4, [](World& world) {
    for (int round = 0; round < 200; ++round) {
      const std::string text = std::to_string(round);
      EXPECT_THAT(world.gather_all(text), ElementsAre(text, text, text, text));
    }
  });
}

TEST(ThreadWorld, AnExceptionOfOneRankReachesTheTestAndFreesTheOthers) {
  const auto body = [](World& world) {
    if (world.rank() == 1) throw std::out_of_range("rank 1 fell");
    world.gather_all("waiting");
  };
  EXPECT_THROW(run_ranks(3, body), std::out_of_range);
}

TEST(ThreadWorld, ARankThatWaitsForOneThatReturnedGetsACommunicationError) {
  run_ranks(2, [](World& world) {
    if (world.rank() == 0) return;
    try {
      world.gather_all("is anybody there?");
      ADD_FAILURE() << "nothing was thrown";
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::communication);
    }
  });
}

TEST(ThreadWorld, ALateRankIsACommunicationError) {
  std::atomic<bool> gave_up = false;
  run_ranks(2, [&](World& world) {
    if (world.rank() == 0) {
      EXPECT_THROW(world.gather_all("quick", std::chrono::seconds(0)), Error);
      gave_up = true;
    }
    while (!gave_up) std::this_thread::yield();
  });
}

TEST(ThreadWorld, AnExchangeInTheBackgroundEndsWhenTheLastRankHasStartedIt) {
  std::atomic<bool> looked = false;
  run_ranks(2, [&](World& world) {
    if (world.rank() == 1)
      while (!looked) std::this_thread::yield();
    const std::unique_ptr<PendingTexts> pending =
        world.start_gather("r" + std::to_string(world.rank()));
    if (world.rank() == 0) {
      EXPECT_FALSE(pending->poll());
      looked = true;
    }
    world.gather_all("both have started");
    EXPECT_EQ(pending->poll(), (std::vector<std::string>{"r0", "r1"}));
  });
}

TEST(ThreadWorld, AbortReachesTheTest) {
  try {
    run_ranks(2, [](World& world) {
      if (world.rank() == 0) world.abort(ExitCode::divergence);
      world.gather_all("waiting");
    });
    FAIL() << "nothing was thrown";
  } catch (const WorldAborted& aborted) {
    EXPECT_EQ(aborted.exit_code, ExitCode::divergence);
  }
}

}  // namespace
}  // namespace lockstep::test
