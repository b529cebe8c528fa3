// SPDX-License-Identifier: Apache-2.0
#include "base/log.h"

#include <gtest/gtest.h>

#include <functional>

namespace lockstep::test {
namespace {

std::string heard_on_stderr(const std::function<void()>& speak) {
  testing::internal::CaptureStderr();
  speak();
  return testing::internal::GetCapturedStderr();
}

TEST(Log, AWarningIsOneLineOnStderr) {
  EXPECT_EQ(heard_on_stderr([] { log_warning("the disk is slow"); }),
            "warning: the disk is slow\n");
}

TEST(Log, BracesInATextAreOnlyText) {
  EXPECT_EQ(heard_on_stderr([] { log_error("unknown key {x}"); }), "error: unknown key {x}\n");
}

TEST(Log, ATextThatATerminalWouldObeyIsShown) {
  EXPECT_EQ(heard_on_stderr([] { log_error("reading a\x1B[2Jb.pt"); }),
            "error: reading a\\u001b[2Jb.pt\n");
  EXPECT_EQ(heard_on_stderr([] { log_warning("a\rb:\n  - c"); }), "warning: a\\u000db:\n  - c\n");
}

TEST(Log, AWorldOfOneNeedsNoName) {
  name_log_after_rank(0, 1);
  EXPECT_EQ(heard_on_stderr([] { log_error("gone"); }), "error: gone\n");
}

TEST(Log, ALineTakesTheProgressBarOffTheTerminalWhileThereIsOne) {
  erase_line_before_log(true);
  EXPECT_EQ(heard_on_stderr([] { log_warning("slow"); }), "\r\x1b[Kwarning: slow\n");
  erase_line_before_log(false);
  EXPECT_EQ(heard_on_stderr([] { log_warning("slow"); }), "warning: slow\n");
}

// The name stays for the rest of the process, so this test is the last of the file.
TEST(Log, ARankOfManyNamesItself) {
  name_log_after_rank(2, 4);
  EXPECT_EQ(heard_on_stderr([] { log_error("gone"); }),
            "error (rank 2 on " + host_name() + "): gone\n");
}

}  // namespace
}  // namespace lockstep::test
