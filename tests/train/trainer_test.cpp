// SPDX-License-Identifier: Apache-2.0
#include "train/trainer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <limits>
#include <set>
#include <utility>

#include "base/error.h"
#include "store/open_checkpoint.h"
#include "support/temp_directory.h"
#include "support/thread_world.h"
#include "support/tiny_run.h"

namespace lockstep {
namespace {

using test::run_tiny;
using test::TinyResult;

class TrainerTest : public testing::Test {
 protected:
  // The configuration with a checkpoint directory of its own.
  RunConfig in(const std::string& name) const {
    RunConfig config = config_;
    config.checkpoint.directory = (temp_ / name).string();
    return config;
  }

  const test::TempDirectory temp_;
  RunConfig config_ = [this] {
    RunConfig config = test::tiny_config(temp_.path());
    config.train.epochs = 2;
    return config;
  }();
};

TEST_F(TrainerTest, LossesFallAndEveryEpochIsSaved) {
  const TinyResult result = run_tiny(config_);
  EXPECT_EQ(result.end, RunEnd::finished);
  EXPECT_EQ(result.state.epoch, 2);
  EXPECT_EQ(result.state.step, static_cast<std::int64_t>(result.losses.size()));
  EXPECT_LT(result.losses.back(), result.losses.front() - 0.5);
  ASSERT_EQ(result.published.size(), 2U);
  EXPECT_EQ(result.published[1].epoch_file->name, "model_epoch_2.pt");
  EXPECT_EQ(result.published[1].set, "epoch_0002");
  EXPECT_EQ(result.published[1].root.size(), 64U);
}

TEST_F(TrainerTest, EveryWorldSizeTrainsTheSameRun) {
  const TinyResult alone = run_tiny(in("alone"));
  for (const int ranks : {2, 3, 4}) {
    const RunConfig config = in("ranks" + std::to_string(ranks));
    test::run_ranks(ranks, [&](test::ThreadWorld& world) {
      test::ThreadCollectives collectives(world);
      const TinyResult result = run_tiny(world, collectives, config);
      EXPECT_EQ(result.losses, alone.losses) << ranks << " ranks";
      EXPECT_EQ(result.state.history, alone.state.history) << ranks << " ranks";
      if (world.rank() == 0) {
        EXPECT_EQ(result.published.back().root, alone.published.back().root) << ranks << " ranks";
      }
    });
  }
}

TEST_F(TrainerTest, ARunResumedFromItsFirstEpochIsTheRunThatWasNotStopped) {
  const TinyResult straight = run_tiny(in("straight"));
  const TinyResult resumed = run_tiny(in("resumed"), temp_ / "straight" / "model_epoch_1.pt");
  ASSERT_EQ(resumed.losses.size() * 2, straight.losses.size());
  EXPECT_TRUE(std::equal(resumed.losses.rbegin(), resumed.losses.rend(), straight.losses.rbegin()));
  EXPECT_EQ(resumed.state.history, straight.state.history);
  EXPECT_EQ(resumed.state.best_loss, straight.state.best_loss);
}

TEST_F(TrainerTest, ARunResumedWithinAnEpochIsTheRunThatWasNotStopped) {
  config_.checkpoint.save_every_steps = 3;
  config_.checkpoint.keep_last_n = 0;
  const TinyResult straight = run_tiny(in("straight"));
  const Published within = straight.published.front();
  ASSERT_EQ(within.set, "step_00000003");
  EXPECT_FALSE(within.ends_an_epoch);
  // Retention has removed the early ones: run the beginning again, and stop there.
  RunConfig beginning = in("beginning");
  beginning.train.max_steps = 5;
  run_tiny(beginning);
  const TinyResult resumed =
      run_tiny(in("resumed"), temp_ / "beginning" / "shards" / "step_00000003");
  ASSERT_EQ(resumed.losses.size() + 3, straight.losses.size());
  EXPECT_TRUE(std::equal(resumed.losses.rbegin(), resumed.losses.rend(), straight.losses.rbegin()));
  EXPECT_EQ(resumed.state.history, straight.state.history);
  EXPECT_EQ(resumed.published.back().root, straight.published.back().root);
}

TEST_F(TrainerTest, ACompletedRunHasNothingToDo) {
  run_tiny(config_);
  const TinyResult again =
      run_tiny(config_, std::filesystem::path(config_.checkpoint.directory) / "latest.pt");
  EXPECT_EQ(again.end, RunEnd::nothing_to_do);
  EXPECT_TRUE(again.losses.empty());
}

// Something that is no folder has the name of the second epoch's set.
TEST_F(TrainerTest, ABestEpochThatCouldNotBeSavedIsNoneToCompareWith) {
  config_.train.epochs = 3;
  std::filesystem::create_directories(std::filesystem::path(config_.checkpoint.directory) /
                                      "shards");
  std::ofstream(std::filesystem::path(config_.checkpoint.directory) / "shards" / "epoch_0002");
  const TinyResult result = run_tiny(config_);
  const std::vector<double>& losses = result.state.history.val_loss;
  ASSERT_EQ(losses.size(), 3U);
  ASSERT_LT(losses[1], losses[0]);
  ASSERT_LT(losses[2], losses[1]);
  ASSERT_EQ(result.published.size(), 2U);
  EXPECT_EQ(result.published[1].set, "epoch_0003");
  EXPECT_EQ(result.published[1].improvement, losses[0] - losses[2]);
  EXPECT_EQ(result.state.best_loss, losses[2]);
}

TEST_F(TrainerTest, MaxStepsEndsTheRunWithASavedEpoch) {
  config_.train.max_steps = 3;
  const TinyResult result = run_tiny(config_);
  EXPECT_EQ(result.losses.size(), 3U);
  EXPECT_EQ(result.state.epoch, 1);
  EXPECT_EQ(result.published.size(), 1U);
}

// Of the larger batches a whole run has fewer steps than this one has made.
TEST_F(TrainerTest, ARunResumedWithLargerBatchesIsNotAtTheEndOfItsSchedule) {
  config_.optim.schedule = RateSchedule::cosine;
  config_.optim.min_learning_rate = 0.0;
  config_.checkpoint.save_every_steps = 20;
  config_.checkpoint.keep_last_n = 0;
  RunConfig beginning = in("beginning");
  beginning.train.batch_size = 1;
  beginning.train.max_steps = 22;
  run_tiny(beginning);
  RunConfig config = in("resumed");
  config.train.batch_size = 16;
  std::set<float> values;
  const TinyResult resumed = run_tiny(
      config, temp_ / "beginning" / "shards" / "step_00000020", [&](Gpt& model, std::int64_t) {
        values.insert(*model.parameters().values().data_ptr<float>());
      });
  EXPECT_GT(values.size(), resumed.losses.size() / 2) << "the rate was 0";
}

TEST_F(TrainerTest, MoreRanksThanLanesTrainTheSame) {
  config_.train.lanes = 1;
  config_.train.max_steps = 3;
  const TinyResult alone = run_tiny(in("alone"));
  test::run_ranks(3, [&](test::ThreadWorld& world) {
    test::ThreadCollectives collectives(world);
    // One rank computes, all own a part of the state.
    EXPECT_EQ(run_tiny(world, collectives, in("three")).losses, alone.losses);
  });
}

TEST_F(TrainerTest, LanesAreAccumulationAndDoNotChangeTheRun) {
  config_.train.max_steps = 5;
  config_.train.lanes = 1;
  const TinyResult whole = run_tiny(in("whole"));
  config_.train.lanes = 4;
  const TinyResult cut = run_tiny(in("cut"));
  for (std::size_t step = 0; step < 5; ++step)
    EXPECT_NEAR(cut.losses[step] / whole.losses[step], 1.0, 1e-5);
}

TEST_F(TrainerTest, AFailedSaveThatIsToEndTheRunIsNotHiddenByTheNextOne) {
  config_.checkpoint.save_every_steps = 1;
  config_.checkpoint.on_save_error = SaveErrorPolicy::abort_run;
  const auto shards = std::filesystem::path(config_.checkpoint.directory) / "shards";
  std::filesystem::create_directories(shards);
  std::ofstream(shards / "step_00000001") << "in the way";
  try {
    run_tiny(config_);
    FAIL() << "did not throw";
  } catch (const SharedError& error) {
    EXPECT_EQ(error.kind(), ErrorKind::checkpoint);
    EXPECT_THAT(error.what(), testing::HasSubstr("step_00000001: "));
  }
}

TEST_F(TrainerTest, DivergenceNamesTheStepAndTheLastGoodCheckpoint) {
  config_.train.epochs = 1;
  run_tiny(config_);
  config_.train.epochs = 2;
  config_.optim.learning_rate = 1e38;
  config_.optim.clip_norm = 0.0;
  const auto latest = std::filesystem::path(config_.checkpoint.directory) / "latest.pt";
  try {
    run_tiny(config_, latest);
    FAIL() << "did not throw";
  } catch (const SharedError& error) {
    EXPECT_EQ(error.kind(), ErrorKind::divergence);
    EXPECT_THAT(error.what(), testing::HasSubstr("training step "));
    EXPECT_THAT(error.what(), testing::HasSubstr(latest.string()));
  }
}

// A parameter that is no number makes all of a step so.
class SkippedStepsTest : public TrainerTest {
 protected:
  static float& parameter(Gpt& model) { return *model.parameters().values().data_ptr<float>(); }

  static TinyResult run(const RunConfig& config, const test::AfterStep& after_step) {
    return run_tiny(config, std::nullopt, after_step);
  }

  // Step 4 finds such a parameter, step 5 the one from before.
  static test::AfterStep spoil_step_four() {
    return [kept = 0.0F](Gpt& model, std::int64_t step) mutable {
      if (step == 3) kept = std::exchange(parameter(model), kNan);
      if (step == 4) parameter(model) = kept;
    };
  }

  static test::AfterStep spoil_all_after(std::int64_t last_good) {
    return [last_good](Gpt& model, std::int64_t step) {
      if (step == last_good) parameter(model) = kNan;
    };
  }

  std::string divergence_of(const test::AfterStep& after_step) {
    try {
      run(config_, after_step);
    } catch (const SharedError& error) {
      EXPECT_EQ(error.kind(), ErrorKind::divergence);
      return error.what();
    }
    return "no error";
  }

  static constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
};

TEST_F(SkippedStepsTest, AreCountedAndTheRunGoesOn) {
  const TinyResult result = run(config_, spoil_step_four());
  EXPECT_EQ(result.end, RunEnd::finished);
  EXPECT_TRUE(std::isnan(result.losses[3]));
  EXPECT_LT(result.losses.back(), result.losses.front() - 0.5);
  EXPECT_EQ(result.state.step, std::ssize(result.losses));
  EXPECT_EQ(result.state.skipped_steps, 1);
}

TEST_F(SkippedStepsTest, AreNotInTheMeanOfTheEpoch) {
  const TinyResult result = run(config_, spoil_step_four());
  double sum = 0.0;
  const std::int64_t steps = std::ssize(result.losses) / 2;  // of an epoch, whole batches all
  for (std::int64_t i = 0; i < steps; ++i)
    if (i != 3) sum += result.losses[static_cast<std::size_t>(i)];
  EXPECT_NEAR(result.state.history.train_loss[0], sum / static_cast<double>(steps - 1), 1e-9);
}

TEST_F(SkippedStepsTest, AreNoUpdatesToTheMoments) {
  const TinyResult result = run(config_, spoil_step_four());
  const auto latest = std::filesystem::path(config_.checkpoint.directory) / "latest.pt";
  EXPECT_EQ(open_checkpoint(latest).optimizer_steps, result.state.step - 1);
}

TEST_F(SkippedStepsTest, AreRememberedByAResume) {
  config_.checkpoint.save_every_steps = 5;
  config_.checkpoint.keep_last_n = 0;
  const TinyResult straight = run(in("straight"), spoil_step_four());
  RunConfig beginning = in("beginning");  // retention removes sets within an epoch at its end
  beginning.train.max_steps = 7;
  run(beginning, spoil_step_four());
  const TinyResult resumed =
      run_tiny(in("resumed"), temp_ / "beginning" / "shards" / "step_00000005");
  EXPECT_EQ(resumed.published.back().root, straight.published.back().root);
  EXPECT_EQ(resumed.state.history, straight.state.history);
  EXPECT_EQ(resumed.state.skipped_steps, 1);
}

TEST_F(SkippedStepsTest, AreTheSameAtAnyWorldSize) {
  const TinyResult alone = run(in("alone"), spoil_step_four());
  test::run_ranks(2, [&](test::ThreadWorld& world) {
    test::ThreadCollectives collectives(world);
    const TinyResult result =
        run_tiny(world, collectives, in("two"), std::nullopt, spoil_step_four());
    EXPECT_EQ(result.state.skipped_steps, 1);
    EXPECT_EQ(result.state.history, alone.state.history);
  });
}

TEST_F(SkippedStepsTest, EndTheRunWhenThereAreTooManyInARow) {
  config_.train.max_skipped_steps = 3;
  const std::string error = divergence_of(spoil_all_after(2));
  EXPECT_THAT(error, testing::HasSubstr("training step 5: the training loss is "));
  EXPECT_THAT(error, testing::HasSubstr("the last of 3 in a row"));
}

TEST_F(SkippedStepsTest, OfOneEndTheRunAtOnceIfThatIsTheLimit) {
  config_.train.max_skipped_steps = 1;
  const std::string error = divergence_of(spoil_all_after(2));
  EXPECT_THAT(error, testing::HasSubstr("training step 3: "));
  EXPECT_THAT(error, testing::Not(testing::HasSubstr("in a row")));
  EXPECT_THAT(error, testing::Not(testing::HasSubstr("-nan")));
}

TEST_F(SkippedStepsTest, ThatAreNotInARowDoNotEndTheRun) {
  config_.train.max_skipped_steps = 2;
  const TinyResult result = run(config_, [kept = 0.0F](Gpt& model, std::int64_t step) mutable {
    if (step % 2 == 1) kept = std::exchange(parameter(model), kNan);
    if (step % 2 == 0) parameter(model) = kept;
  });
  EXPECT_EQ(result.state.skipped_steps, result.state.step / 2);
}

TEST_F(SkippedStepsTest, AreNotFollowedByASaveOfParametersThatMayBeLost) {
  config_.train.max_skipped_steps = 3;
  config_.checkpoint.save_every_steps = 1;
  EXPECT_THAT(divergence_of(spoil_all_after(2)), testing::HasSubstr("step_00000002; "));
}

TEST_F(SkippedStepsTest, AtTheEndOfAnEpochEndTheRunIfItsValidationFailsToo) {
  config_.train.max_skipped_steps = 1000;
  EXPECT_THAT(divergence_of(spoil_all_after(2)),
              testing::HasSubstr("epoch 1: the validation loss is "));
  EXPECT_FALSE(
      std::filesystem::exists(std::filesystem::path(config_.checkpoint.directory) / "latest.pt"));
}

}  // namespace
}  // namespace lockstep
