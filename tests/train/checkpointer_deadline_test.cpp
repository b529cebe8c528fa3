// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <chrono>
#include <fstream>
#include <thread>

#include "comm/solo_world.h"
#include "support/thread_world.h"
#include "train/checkpointer_fixture.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;
using test::epoch_moment;
using test::Replica;
using testing::HasSubstr;

class CheckpointerDeadlineTest : public test::CheckpointerTest {
 protected:
  // As training does.
  static void look_after_it_for(double seconds, Checkpointer& checkpointer) {
    const auto limit = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
    while (std::chrono::steady_clock::now() < limit) {
      checkpointer.poll();
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }
};

TEST_F(CheckpointerDeadlineTest, ADeadlineThatPassesIsAFailure) {
  config_.checkpoint.save_deadline_seconds = 1e-9;
  test::run_ranks(2, [&](World& world) {
    Replica mine(world, config_, 1);
    RunObserver silent;
    Checkpointer checkpointer(world, parts(mine, silent));
    EXPECT_THAT(failure_of_save(checkpointer, 1), HasSubstr("within"));
    EXPECT_FALSE(checkpointer.wants_to_end());
  });
}

TEST_F(CheckpointerDeadlineTest, NamesThatHangHoldUpNeitherTrainingNorForEverTheSavesAfterThem) {
  config_.checkpoint.save_deadline_seconds = 10.0;  // which the saves that do not hang must keep
  const fs::path pipe = set("epoch_0009") / "manifest.json";  // reading it waits for a writer
  test::run_ranks(2, [&](World& world) {
    Replica mine(world, config_, 1);
    RunObserver silent;
    Checkpointer checkpointer(world, parts(mine, silent));
    if (world.rank() == 0) {
      fs::create_directory(pipe.parent_path());
      ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
    }
    EXPECT_THAT(failure_of_save(checkpointer, 1),
                HasSubstr("epoch_0001 is committed, but has not got all of its names: they were"));
    EXPECT_EQ(checkpointer.saved_step(), 7);
    EXPECT_THAT(failure_of_save(checkpointer, 2), HasSubstr("rank 0: its thread is still busy"));
    EXPECT_EQ(checkpointer.newest(), set("epoch_0001").string());
    if (world.rank() == 0) {
      const std::ofstream writer(pipe);
      fs::remove(pipe);
    }
    for (int i = 0; i < 3000 && !failure_of_save(checkpointer, 3).empty(); ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    EXPECT_EQ(checkpointer.failure(), "");
  });
}

// As at the end of an epoch whose validation takes longer than a save may. A machine that is too
// slow for a deadline gets a longer one: counted from the copy, each of them would have passed.
TEST_F(CheckpointerDeadlineTest, HasTheTimeOfASaveFromWhenItIsWrittenNotCopied) {
  SoloWorld solo;
  Replica mine(solo, config_, 1);
  RunObserver silent;
  std::string failure = "no save was made";
  std::int64_t epoch = 0;
  for (const double deadline : {0.4, 4.0, 20.0}) {
    if (failure.empty()) break;
    config_.checkpoint.save_deadline_seconds = deadline;
    Checkpointer::Parts hasty = parts(mine, silent);
    hasty.peer_timeout = std::chrono::seconds(0);
    Checkpointer checkpointer(solo, std::move(hasty));
    checkpointer.begin();
    look_after_it_for(1.5 * deadline, checkpointer);
    checkpointer.write(epoch_moment(++epoch));
    checkpointer.finish();
    failure = checkpointer.failure();
  }
  EXPECT_EQ(failure, "");
}

// As where a batch system stops all processes of a job for some time.
TEST_F(CheckpointerDeadlineTest, ATimeInWhichNobodyLooksIsNotThatOfASave) {
  config_.checkpoint.save_deadline_seconds = 10.0;
  SoloWorld solo;
  Replica mine(solo, config_, 1);
  RunObserver silent;
  Checkpointer checkpointer(solo, parts(mine, silent));
  checkpointer.begin();
  checkpointer.write(epoch_moment(1));
  std::this_thread::sleep_for(std::chrono::seconds(11));  // before the part is asked for
  checkpointer.finish();
  EXPECT_EQ(checkpointer.failure(), "");
}

TEST_F(CheckpointerDeadlineTest, AFailedSaveEndsTheRunOnlyIfItIsToldTo) {
  config_.checkpoint.save_deadline_seconds = 1e-9;
  config_.checkpoint.on_save_error = SaveErrorPolicy::abort_run;
  test::run_ranks(1, [&](World& world) {
    Replica mine(world, config_, 1);
    RunObserver silent;
    Checkpointer checkpointer(world, parts(mine, silent));
    EXPECT_FALSE(checkpointer.wants_to_end());
    EXPECT_THAT(failure_of_save(checkpointer, 1), HasSubstr("within"));
    EXPECT_TRUE(checkpointer.wants_to_end());
  });
}

}  // namespace
}  // namespace lockstep
