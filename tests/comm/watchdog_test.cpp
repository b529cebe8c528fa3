// SPDX-License-Identifier: Apache-2.0
#include "comm/watchdog.h"

#include <gmock/gmock.h>

#include <ctime>
#include <map>
#include <mutex>
#include <thread>

#include "comm/activity.h"
#include "support/thread_world.h"

namespace lockstep::test {
namespace {

using std::chrono::milliseconds;

// What each rank was ended with, instead of being ended.
class Endings {
 public:
  WatchdogSettings settings(int rank, milliseconds standstill) {
    return {.standstill = standstill, .end_process = [this, rank](const std::string& why) {
              const std::lock_guard lock(mutex_);
              said_.try_emplace(rank, why);
            }};
  }
  std::map<int, std::string> said() {
    const std::lock_guard lock(mutex_);
    return said_;
  }
  void wait_for(std::size_t ranks) {
    while (said().size() < ranks) std::this_thread::sleep_for(milliseconds(5));
  }

 private:
  std::mutex mutex_;
  std::map<int, std::string> said_;
};

constexpr milliseconds kNever{1'000'000};

TEST(Watchdog, RanksThatComeAndGoAreLeftInPeace) {
  Endings endings;
  run_ranks(4, [&](World& world) {
    const Watchdog watchdog(world, endings.settings(world.rank(), kNever));
    EXPECT_TRUE(ranks_are_watched());
    std::this_thread::sleep_for(milliseconds(400 * world.rank()));
  });
  EXPECT_FALSE(ranks_are_watched());
  EXPECT_THAT(endings.said(), testing::IsEmpty());
}

TEST(Watchdog, LeavesTheProcessorToOthersEvenWithAShortLimit) {
  const auto used = [] {
    timespec time{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
  };
  const double before = used();
  Endings endings;
  run_ranks(2, [&](World& world) {
    WatchdogSettings settings = endings.settings(world.rank(), kNever);
    settings.peer_timeout = std::chrono::seconds(3);
    const Watchdog watchdog(world, settings);
    std::this_thread::sleep_for(milliseconds(2'000));
  });
  EXPECT_LT(used() - before, 0.5);
}

TEST(Watchdog, RankZeroLeavesFirstInPeace) {
  Endings endings;
  run_ranks(3, [&](World& world) {
    const Watchdog watchdog(world, endings.settings(world.rank(), kNever));
    std::this_thread::sleep_for(milliseconds(world.rank() == 0 ? 0 : 800));
  });
  EXPECT_THAT(endings.said(), testing::IsEmpty());
}

TEST(Watchdog, AWorldOfOneIsNotWatched) {
  run_ranks(1, [&](World& world) {
    Endings endings;
    const Watchdog watchdog(world, endings.settings(0, milliseconds(1)));
    EXPECT_FALSE(ranks_are_watched());
  });
}

TEST(Watchdog, RankZeroSaysWhatIsWrongAndTheOthersEndInSilence) {
  Endings endings;
  note_newest_checkpoint("run/shards/epoch_0002");
  run_ranks(3, [&](World& world) {
    const WaitingForRanks waiting;
    const Watchdog watchdog(world, endings.settings(world.rank(), milliseconds(500)));
    endings.wait_for(3);
  });
  note_newest_checkpoint("");
  const auto said = endings.said();
  EXPECT_THAT(said.at(0), testing::HasSubstr("nothing has arrived between them"));
  EXPECT_THAT(said.at(0), testing::HasSubstr("; the newest checkpoint is run/shards/epoch_0002; "
                                             "start again with --auto-resume"));
  EXPECT_EQ(said.at(1), "");
  EXPECT_EQ(said.at(2), "");
}

}  // namespace
}  // namespace lockstep::test
