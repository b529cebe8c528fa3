// SPDX-License-Identifier: Apache-2.0
#include "train/evaluation.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <gtest/gtest.h>

#include <chrono>
#include <thread>
#include <vector>

#include "comm/solo_world.h"
#include "model/init.h"
#include "support/temp_directory.h"
#include "support/thread_world.h"
#include "support/tiny_run.h"
#include "train/prepared_text.h"

namespace lockstep {
namespace {

class EvaluationTest : public testing::Test {
 protected:
  EvaluationTest() { initialize(model_.parameters(), config_.model, /*seed=*/3); }

  const test::TempDirectory temp_;
  SoloWorld solo_;
  RunConfig config_ = test::tiny_config(temp_.path(), 20000);
  const PreparedText text_ = prepare_text(solo_, config_, TextOrigin::new_run, std::nullopt);
  Gpt model_{config_.model};
};

TEST_F(EvaluationTest, IsTheMeanOverEveryTargetOfEveryWindow) {
  const Windows& windows = text_.split.validation;
  ASSERT_GT(windows.count % 8, 0) << "a last batch that is not full is part of the test";
  const at::NoGradGuard no_grad;
  double sum = 0.0;
  for (std::int64_t window = 0; window < windows.count; ++window) {
    const at::Tensor tokens = at::empty({windows.context + 1}, at::kLong);
    text_.train.copy(windows.start_of(window), windows.context + 1,
                     tokens.data_ptr<std::int64_t>());
    sum += model_
               .loss_sum(tokens.narrow(0, 0, windows.context).unsqueeze(0),
                         tokens.narrow(0, 1, windows.context).unsqueeze(0), Mode::evaluation)
               .item<double>();
  }
  const double expected = sum / static_cast<double>(windows.count * windows.context);
  EXPECT_NEAR(*validation_loss(solo_, model_, text_.train, windows) / expected, 1.0, 1e-6);
}

TEST_F(EvaluationTest, HasTheSameBitsAtEveryWorldSize) {
  const double alone = *validation_loss(solo_, model_, text_.train, text_.split.validation);
  for (const int ranks : {2, 3, 4, 30}) {
    test::run_ranks(ranks, [&](World& world) {
      EXPECT_EQ(validation_loss(world, model_, text_.train, text_.split.validation), alone)
          << ranks << " ranks";
    });
  }
}

TEST_F(EvaluationTest, WithOtherBatchesIsTheSameLossAndAtEveryWorldSizeOneOfEqualBits) {
  const auto in_threes = [&](World& world) {
    return *validation_loss(
        world, model_, text_.train, text_.split.validation, [](double) { return false; }, 3);
  };
  const double alone = in_threes(solo_);
  const double usual = *validation_loss(solo_, model_, text_.train, text_.split.validation);
  EXPECT_NEAR(alone / usual, 1.0, 1e-6);
  test::run_ranks(3, [&](World& world) { EXPECT_EQ(in_threes(world), alone); });
}

TEST(SequencesAtOnce, AreOnAGpuNoMoreThanOfALane) {
  EXPECT_EQ(sequences_at_once({.batch_size = 8, .lanes = 4}, true), 2);
  EXPECT_EQ(sequences_at_once({.batch_size = 7, .lanes = 7}, true), 1);
  EXPECT_EQ(sequences_at_once({.batch_size = 64, .lanes = 2}, true), 8);
  EXPECT_EQ(sequences_at_once({.batch_size = 8, .lanes = 4}, false), 8);
}

TEST_F(EvaluationTest, EndsOnAllRanksWhenAnyIsToldToStop) {
  test::run_ranks(2, [&](World& world) {
    int asked = 0;
    const auto loss = validation_loss(world, model_, text_.train, text_.split.validation,
                                      [&](double) { return world.rank() == 1 && ++asked == 2; });
    EXPECT_EQ(loss, std::nullopt);
  });
}

TEST_F(EvaluationTest, AsksBeforeTheFirstBatchAndAfterIt) {
  const Windows& windows = text_.split.validation;
  std::vector<double> told;
  const auto note = [&](double seconds) {
    told.push_back(seconds);
    return false;
  };
  validation_loss(solo_, model_, text_.train, windows, note, (windows.count + 1) / 2);
  ASSERT_EQ(told.size(), 2U);
  EXPECT_EQ(told[0], 0.0);
  EXPECT_GT(told[1], 0.0);
}

// Who decides by the clock must know how long a batch takes, also that of the slowest rank.
TEST_F(EvaluationTest, SaysHowLongItIsUntilTheyAskAgain) {
  test::run_ranks(2, [&](World& world) {
    std::vector<double> told;
    validation_loss(world, model_, text_.train, text_.split.validation, [&](double seconds) {
      told.push_back(seconds);
      if (world.rank() == 1 && told.size() == 1)
        std::this_thread::sleep_for(std::chrono::duration<double>(seconds + 0.7));
      return false;
    });
    ASSERT_GE(told.size(), 2U);
    EXPECT_LT(told[0], told[1]);
    EXPECT_GE(told[1], 0.6);
  });
}

}  // namespace
}  // namespace lockstep
