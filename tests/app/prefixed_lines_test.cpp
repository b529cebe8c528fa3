// SPDX-License-Identifier: Apache-2.0
#include "app/prefixed_lines.h"

#include <gtest/gtest.h>

#include <sstream>

namespace lockstep::test {
namespace {

TEST(PrefixedLines, MarksEveryLineAndEndsWithItsLife) {
  std::ostringstream stream;
  {
    const PrefixedLines lines(stream, "rank 3 on h2: ");
    stream << "one" << std::endl << "\ntwo\nthr" << std::flush << "ee";
    EXPECT_EQ(stream.str(), "rank 3 on h2: one\nrank 3 on h2: \nrank 3 on h2: two\n");
  }
  stream << "four\n";
  EXPECT_EQ(stream.str(),
            "rank 3 on h2: one\nrank 3 on h2: \nrank 3 on h2: two\nrank 3 on h2: three\nfour\n");
}

TEST(PrefixedLines, WithoutAPrefixChangeNothing) {
  std::ostringstream stream;
  const PrefixedLines lines(stream, "");
  stream << "half a line";
  EXPECT_EQ(stream.str(), "half a line");
}

}  // namespace
}  // namespace lockstep::test
