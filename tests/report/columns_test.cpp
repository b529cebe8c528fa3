// SPDX-License-Identifier: Apache-2.0
#include "report/columns.h"

#include <gtest/gtest.h>

namespace lockstep::test {
namespace {

using Lines = std::vector<std::string>;

TEST(LinesInColumns, PutDigitsUnderDigitsAndTextAtItsBeginning) {
  EXPECT_EQ(lines_in_columns({{"Name", 8, 0, false}, {"Step", 10, 6}, {"Note", 0, 0, false}},
                             {{"a", "7", "x"}, {"bc", "1234", ""}}),
            (Lines{"Name    Step      Note", "a            7    x", "bc        1234"}));
}

TEST(LinesInColumns, GrowWithTheirValues) {
  EXPECT_EQ(lines_in_columns({{"A", 2, 0, false}, {"B", 2}}, {{"longer", "1"}, {"x", "1000"}}),
            (Lines{"A       B", "longer     1", "x       1000"}));
}

TEST(LinesInColumns, CountTheCellsOfChinese) {
  EXPECT_EQ(lines_in_columns({{"名称", 2, 0, false}, {"大小", 2, 0, false}}, {{"检查点", "x"}}),
            (Lines{"名称    大小", "检查点  x"}));
}

TEST(LinesInColumns, AreTheTitlesWithoutRows) {
  EXPECT_EQ(lines_in_columns({{"A", 4, 0, false}, {"B", 4}}, {}), (Lines{"A   B"}));
}

}  // namespace
}  // namespace lockstep::test
