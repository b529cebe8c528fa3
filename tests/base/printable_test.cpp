// SPDX-License-Identifier: Apache-2.0
#include "base/printable.h"

#include <gtest/gtest.h>

namespace lockstep::test {
namespace {

TEST(Printable, LeavesWhatATerminalOnlyShows) {
  const std::string text =
      "plain, \xE4\xB8\xAD\xE6\x96\x87, \xF0\x9F\x93\x8A, \xC2\xA0, \xC3\x9B,\n\ta line";
  EXPECT_EQ(printable(text), text);
}

TEST(Printable, ShowsWhatATerminalWouldObey) {
  EXPECT_EQ(printable("a\x1B[31mb\rc\x7F"), "a\\u001b[31mb\\u000dc\\u007f");
  EXPECT_EQ(printable(std::string("a\0b", 3)), "a\\u0000b");
  EXPECT_EQ(printable("\xC2\x9B"
                      "31m"),
            "\\u009b31m");
  EXPECT_EQ(printable("\xC2\x80\xC2\x9F\xC2\xA0"), "\\u0080\\u009f\xC2\xA0");
}

TEST(Printable, ShowsEveryControlCharacterButTwo) {
  for (int code = 0; code < 0x20; ++code) {
    const std::string text(1, static_cast<char>(code));
    EXPECT_EQ(printable(text) == text, code == '\n' || code == '\t') << code;
  }
}

TEST(ShellWord, IsQuotedWhereAShellWouldMakeMoreOrLessOfIt) {
  EXPECT_EQ(shell_word("runs/one-1.pt"), "runs/one-1.pt");
  EXPECT_EQ(shell_word("my runs"), "\"my runs\"");
  EXPECT_EQ(shell_word(""), "\"\"");
  EXPECT_EQ(shell_word("a$b\"c"), "\"a\\$b\\\"c\"");
}

TEST(Printable, LeavesBytesThatAreNoUtf8) {
  EXPECT_EQ(printable("\xC2"), "\xC2");
  EXPECT_EQ(printable("\xC2z\xFF\x9B"), "\xC2z\xFF\x9B");
}

}  // namespace
}  // namespace lockstep::test
