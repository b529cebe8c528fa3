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

}  // namespace
}  // namespace lockstep
