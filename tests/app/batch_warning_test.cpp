// SPDX-License-Identifier: Apache-2.0
#include "app/batch_warning.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lockstep::test {
namespace {

using testing::HasSubstr;

TEST(BatchWarning, IsAboutABatchThatAnEpochCannotFill) {
  EXPECT_EQ(batch_warning(593, 593), std::nullopt);
  EXPECT_THAT(batch_warning(5000, 593).value_or(""),
              HasSubstr("a batch is of 5000 sequences, but an epoch has only 593 windows"));
  EXPECT_THAT(batch_warning(2, 1).value_or(""), HasSubstr("only 1 window:"));
}

}  // namespace
}  // namespace lockstep::test
