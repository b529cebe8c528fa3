// SPDX-License-Identifier: Apache-2.0
// Stops by the clock at the end of an epoch, and what a resume makes of them.
#include <gtest/gtest.h>

#include <chrono>
#include <fstream>
#include <thread>

#include "checkpoint/names.h"
#include "support/temp_directory.h"
#include "support/thread_world.h"
#include "support/tiny_run.h"
#include "train/stop_request.h"
#include "train/trainer.h"

namespace lockstep {
namespace {

using namespace std::chrono_literals;
using test::run_tiny;
using test::TinyResult;

constexpr auto kEnough = 1'000h;

// From now on so much time is left, or up to a second more.
void leave(std::chrono::seconds left) {
  set_time_limit(kEnough);
  const auto used = kEnough - *time_left();
  set_time_limit(std::chrono::ceil<std::chrono::seconds>(used) + left);
}

class TrainerStopTest : public testing::Test {
 protected:
  void TearDown() override { set_time_limit(kEnough); }

  RunConfig in(const std::string& name) const {
    RunConfig config = config_;
    config.checkpoint.directory = (temp_ / name).string();
    return config;
  }

  std::filesystem::path set_of_step(const std::string& name, std::int64_t step) const {
    return temp_ / name / names::kShards / names::step_set(step);
  }

  // REQUIRES: no limit that is near.
  std::int64_t steps_per_epoch() const {
    RunConfig config = in("counted");
    config.train.epochs = 1;
    return run_tiny(config).state.step;
  }

  // There is too little time when the step begins, and enough when it has ended.
  static TinyResult run_stopped_in(const RunConfig& config, std::int64_t step) {
    return run_tiny(config, std::nullopt, [step](Gpt&, std::int64_t made) {
      if (made == step - 1) leave(3s);
      if (made == step) set_time_limit(kEnough);
    });
  }

  const test::TempDirectory temp_;
  const RunConfig config_ = [this] {
    RunConfig config = test::tiny_config(temp_.path());
    config.train.epochs = 3;
    return config;
  }();
};

TEST_F(TrainerStopTest, WhatTheLastStepOfAnEpochHasHeardStands) {
  const std::int64_t steps = steps_per_epoch();
  const TinyResult stopped = run_stopped_in(in("stopped"), steps);
  EXPECT_EQ(stopped.end, RunEnd::out_of_time);
  EXPECT_EQ(stopped.state.epoch, 0);
  ASSERT_EQ(stopped.published.size(), 1U);
  EXPECT_EQ(stopped.published[0].set, names::step_set(steps));
  const TinyResult resumed = run_tiny(in("stopped"), set_of_step("stopped", steps));
  EXPECT_EQ(resumed.state.history, run_tiny(in("straight")).state.history);
}

TEST_F(TrainerStopTest, TheLastStepOfAnEpochIsNotSavedWhereThereWasNoTimeForThat) {
  const std::int64_t steps = steps_per_epoch();
  RunConfig config = in("late");
  config.checkpoint.save_every_steps = steps - 1;
  const TinyResult stopped = run_tiny(config, std::nullopt, [steps](Gpt&, std::int64_t made) {
    if (made == steps - 1) leave(-10s);
  });
  EXPECT_EQ(stopped.end, RunEnd::out_of_time);
  ASSERT_EQ(stopped.published.size(), 1U);
  EXPECT_EQ(stopped.published[0].set, names::step_set(steps - 1));
}

// The other rank is late for the last step.
TEST_F(TrainerStopTest, AValidationIsNotBegunWhereTwoOfTheLastStepDoNotFit) {
  const std::int64_t steps = steps_per_epoch();
  test::run_ranks(2, [&](test::ThreadWorld& world) {
    test::ThreadCollectives collectives(world);
    const bool decides = world.rank() == 0;
    const TinyResult stopped =
        run_tiny(world, collectives, in("slow"), std::nullopt, [=](Gpt&, std::int64_t made) {
          if (made == steps - 1 && !decides) std::this_thread::sleep_for(3s);
          if (made == steps && decides) leave(9s);
        });
    EXPECT_EQ(stopped.end, RunEnd::out_of_time);
    EXPECT_EQ(stopped.state.epoch, 0);
  });
}

// The second epoch has only its validation left, and no folder has the name of its set.
TEST_F(TrainerStopTest, ABestEpochThatAResumeCouldNotSaveIsNoneToCompareWith) {
  const std::int64_t steps = 2 * steps_per_epoch();
  run_stopped_in(in("run"), steps);
  std::ofstream(temp_ / "run" / names::kShards / names::epoch_set(2));
  const TinyResult resumed = run_tiny(in("run"), set_of_step("run", steps));
  const std::vector<double>& losses = resumed.state.history.val_loss;
  ASSERT_EQ(losses.size(), 3U);
  ASSERT_LT(losses[1], losses[0]);
  ASSERT_LT(losses[2], losses[1]);
  ASSERT_EQ(resumed.published.size(), 1U);
  EXPECT_EQ(resumed.published[0].set, names::epoch_set(3));
  EXPECT_EQ(resumed.published[0].improvement, losses[0] - losses[2]);
}

}  // namespace
}  // namespace lockstep
