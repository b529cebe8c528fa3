// SPDX-License-Identifier: Apache-2.0
#include "base/terminal.h"

#include <gtest/gtest.h>

#include "report/environment.h"

namespace lockstep::test {
namespace {

TEST(Terminal, IsDumbWhereTheEnvironmentSaysSo) {
  for (const char* name : {"xterm-256color", "", static_cast<const char*>(nullptr)}) {
    const EnvironmentVariable term("TERM", name);
    EXPECT_FALSE(is_terminal_dumb());
  }
  const EnvironmentVariable term("TERM", "dumb");
  EXPECT_TRUE(is_terminal_dumb());
}

TEST(Terminal, HasNoColorsWhereSomebodyWantsNone) {
  const EnvironmentVariable term("TERM", "xterm-256color");
  for (const char* value : {"", static_cast<const char*>(nullptr)}) {
    const EnvironmentVariable unset("NO_COLOR", value);
    EXPECT_TRUE(wants_colors());
  }
  for (const char* value : {"1", "0"}) {
    const EnvironmentVariable set("NO_COLOR", value);
    EXPECT_FALSE(wants_colors());
  }
}

TEST(Terminal, HasNoColorsWhereItIsDumb) {
  const EnvironmentVariable colors("NO_COLOR", nullptr);
  const EnvironmentVariable term("TERM", "dumb");
  EXPECT_FALSE(wants_colors());
}

}  // namespace
}  // namespace lockstep::test
