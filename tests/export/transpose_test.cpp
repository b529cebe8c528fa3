// SPDX-License-Identifier: Apache-2.0
#include "export/transpose.h"

#include <gtest/gtest.h>

#include <numeric>
#include <vector>

namespace lockstep::test {
namespace {

std::vector<float> turned(const std::vector<float>& matrix, std::int64_t columns) {
  std::vector<float> result(matrix.size(), -1.0F);
  transpose(matrix, columns, result);
  return result;
}

TEST(Transpose, PutsColumnsWhereRowsWere) {
  EXPECT_EQ(turned({1, 2, 3, 4, 5, 6}, 3), (std::vector<float>{1, 4, 2, 5, 3, 6}));
}

TEST(Transpose, LeavesARowAndAColumnInTheirOrder) {
  EXPECT_EQ(turned({1, 2, 3}, 3), (std::vector<float>{1, 2, 3}));
  EXPECT_EQ(turned({1, 2, 3}, 1), (std::vector<float>{1, 2, 3}));
  EXPECT_EQ(turned({}, 4), std::vector<float>());
}

TEST(Transpose, MovesEveryElementAtTheEdgesOfTilesToo) {
  for (const std::int64_t rows : {1, 31, 32, 33, 64, 100})
    for (const std::int64_t columns : {1, 31, 32, 33, 65}) {
      std::vector<float> matrix(static_cast<std::size_t>(rows * columns));
      std::iota(matrix.begin(), matrix.end(), 0.0F);
      const std::vector<float> result = turned(matrix, columns);
      std::size_t wrong = 0;
      for (std::int64_t row = 0; row < rows; ++row)
        for (std::int64_t column = 0; column < columns; ++column)
          wrong += result[static_cast<std::size_t>(column * rows + row)] !=
                   static_cast<float>(row * columns + column);
      EXPECT_EQ(wrong, 0U) << rows << " x " << columns;
      EXPECT_EQ(turned(result, rows), matrix) << rows << " x " << columns;
    }
}

}  // namespace
}  // namespace lockstep::test
