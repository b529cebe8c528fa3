// SPDX-License-Identifier: Apache-2.0
#include "export/transpose.h"

#include <algorithm>
#include <cassert>
#include <cstddef>

namespace lockstep {
namespace {

// The lines of the cache that a tile of both matrices lies in stay until all of them is used.
constexpr std::size_t kTile = 32;

struct Tile {
  std::size_t first_row;
  std::size_t last_row;
  std::size_t first_column;
  std::size_t last_column;
};

void transpose_tile(const float* matrix, std::size_t rows, std::size_t columns, const Tile& tile,
                    float* turned) {
  for (std::size_t column = tile.first_column; column < tile.last_column; ++column)
    for (std::size_t row = tile.first_row; row < tile.last_row; ++row)
      turned[column * rows + row] = matrix[row * columns + column];
}

}  // namespace

void transpose(std::span<const float> matrix, std::int64_t columns, std::span<float> turned) {
  if (matrix.empty()) return;
  const auto width = static_cast<std::size_t>(columns);
  const std::size_t rows = matrix.size() / width;
  assert(rows * width == matrix.size() && turned.size() == matrix.size());
  for (std::size_t row = 0; row < rows; row += kTile)
    for (std::size_t column = 0; column < width; column += kTile)
      transpose_tile(matrix.data(), rows, width,
                     {.first_row = row,
                      .last_row = std::min(row + kTile, rows),
                      .first_column = column,
                      .last_column = std::min(column + kTile, width)},
                     turned.data());
}

}  // namespace lockstep
