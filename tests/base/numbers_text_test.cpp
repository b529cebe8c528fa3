// SPDX-License-Identifier: Apache-2.0
#include "base/numbers_text.h"

#include <gtest/gtest.h>

#include <vector>

namespace lockstep {
namespace {

TEST(NumbersText, JoinsNeighboursAndListsTheRest) {
  EXPECT_EQ(numbers_text(std::vector{4}), "4");
  EXPECT_EQ(numbers_text(std::vector{2, 3}), "2-3");
  EXPECT_EQ(numbers_text(std::vector{2, 3, 5, 7, 8, 9}), "2-3, 5, 7-9");
}

}  // namespace
}  // namespace lockstep
