// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/retention.h"

#include <gtest/gtest.h>

namespace lockstep {
namespace {

using Epochs = std::vector<std::int64_t>;

TEST(Retention, KeepsTheNewestByNumber) {
  EXPECT_EQ(epochs_to_remove({8, 9, 10, 11, 12}, 3, 12), (Epochs{8, 9}));
}

TEST(Retention, ComparesNumbersNotTexts) {
  EXPECT_EQ(epochs_to_remove({10, 2, 9}, 2, 10), (Epochs{2}));
}

TEST(Retention, ZeroKeepsAll) { EXPECT_EQ(epochs_to_remove({1, 2, 3}, 0, 3), Epochs{}); }

TEST(Retention, FewerFilesThanTheLimitAllStay) {
  EXPECT_EQ(epochs_to_remove({1, 2}, 3, 2), Epochs{});
  EXPECT_EQ(epochs_to_remove({1, 2, 3}, 3, 3), Epochs{});
}

TEST(Retention, WhatWasJustWrittenStaysThoughHigherNumbersExist) {
  EXPECT_EQ(epochs_to_remove({2, 7, 8, 9}, 2, 2), (Epochs{7}));
}

TEST(Retention, NothingToDeleteInAnEmptyDirectory) {
  EXPECT_EQ(epochs_to_remove({}, 1, 1), Epochs{});
}

using Sets = std::vector<std::string>;

KeptSet epoch(std::int64_t number) {
  return {.name = "epoch " + std::to_string(number),
          .age = {.step = 10 * number, .ends_an_epoch = true},
          .epoch = number};
}

KeptSet within(std::int64_t step) {
  return {.name = "step " + std::to_string(step),
          .age = {.step = step, .ends_an_epoch = false},
          .epoch = step / 10};
}

TEST(SetRetention, KeepsTheNewestEpochs) {
  EXPECT_EQ(sets_to_remove({epoch(1), epoch(2), epoch(3), epoch(4), epoch(5)}, {.keep_epochs = 3}),
            (Sets{"epoch 1", "epoch 2"}));
}

TEST(SetRetention, TwoSetsAlwaysStay) {
  EXPECT_EQ(sets_to_remove({epoch(1), epoch(2), epoch(3)}, {.keep_epochs = 1}), Sets{"epoch 1"});
  EXPECT_EQ(sets_to_remove({epoch(2), within(25), within(28)}, {.keep_epochs = 1}), Sets{});
}

TEST(SetRetention, ZeroKeepsAllEpochsButNotTheSavesBetweenThem) {
  EXPECT_EQ(sets_to_remove({epoch(1), within(15), epoch(2), epoch(3)}, {.keep_epochs = 0}),
            Sets{"step 15"});
}

TEST(SetRetention, TheBestEpochStays) {
  EXPECT_EQ(
      sets_to_remove({epoch(1), epoch(2), epoch(3), epoch(4)}, {.keep_epochs = 1, .best_epoch = 1}),
      Sets{"epoch 2"});
}

TEST(SetRetention, ASaveWithinTheEpochAfterTheBestIsNotTheBest) {
  EXPECT_EQ(sets_to_remove({within(15), epoch(3), epoch(4)}, {.keep_epochs = 2, .best_epoch = 1}),
            Sets{"step 15"});
}

TEST(SetRetention, WhatWasJustWrittenStaysThoughNewerOnesExist) {
  EXPECT_EQ(sets_to_remove({epoch(1), epoch(2), epoch(7), epoch(8)},
                           {.keep_epochs = 1, .written = "epoch 1"}),
            Sets{"epoch 2"});
}

TEST(SetRetention, GoesByStepWhateverTheOrder) {
  EXPECT_EQ(
      sets_to_remove({within(28), epoch(3), within(25), epoch(1), epoch(2)}, {.keep_epochs = 1}),
      (Sets{"epoch 1", "epoch 2", "step 25"}));
}

TEST(SetRetention, OfOneStepTheEndOfTheEpochIsTheNewer) {
  EXPECT_EQ(sets_to_remove({epoch(2), within(20), epoch(3)}, {.keep_epochs = 1}), Sets{"step 20"});
}

TEST(SetRetention, NothingToDeleteInAnEmptyDirectory) {
  EXPECT_EQ(sets_to_remove({}, {.keep_epochs = 1}), Sets{});
}

}  // namespace
}  // namespace lockstep
