// SPDX-License-Identifier: Apache-2.0
#include "app/print_answer.h"

#include <gtest/gtest.h>

namespace lockstep::test {
namespace {

TEST(PrintAnswer, ShowsWhatATerminalWouldObey) {
  testing::internal::CaptureStdout();
  print_answer("the tensor a\x1B]0;b\n  is fine\n");
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "the tensor a\\u001b]0;b\n  is fine\n");
}

}  // namespace
}  // namespace lockstep::test
