// SPDX-License-Identifier: Apache-2.0
#include "report/history_chart.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <string_view>
#include <vector>

#include "report/display_width.h"
#include "report/numbers.h"

namespace lockstep {
namespace {

constexpr int kWidth = 80;
constexpr int kRows = 12;  // with the legend, the axis and its labels: 15 lines
constexpr std::array kLabelledRows = {0, 4, 8, kRows - 1};
constexpr int kWidestStep = 8;  // columns from one epoch to the next
constexpr double kLargestPlainLoss = 1e5;

// The value in each column; absent where the curve has a gap.
using Curve = std::vector<std::optional<double>>;

struct Scale {
  double low = 0.0;
  double high = 0.0;
};

enum class Cell { empty, between, train, validation, both };

std::string_view glyph(Cell cell) {
  switch (cell) {
    case Cell::empty: return " ";
    case Cell::between: return "·";
    case Cell::train: return "○";
    case Cell::validation: return "●";
    case Cell::both: return "◉";
  }
  return " ";
}

using Grid = std::vector<std::vector<Cell>>;  // [row][column]

std::string label_text(double loss) {
  return std::abs(loss) < kLargestPlainLoss ? loss_text(loss) : learning_rate_text(loss);
}

// In halves, because the difference of two doubles may be more than a double holds.
int row_of(double loss, const Scale& scale) {
  if (scale.high <= scale.low) return kRows / 2;
  const double part = (scale.high / 2 - loss / 2) / (scale.high / 2 - scale.low / 2);
  return std::clamp(static_cast<int>(std::lround(part * (kRows - 1))), 0, kRows - 1);
}

double loss_at(int row, const Scale& scale) {
  const double part = static_cast<double>(row) / (kRows - 1);
  return scale.high * (1 - part) + scale.low * part;
}

std::optional<double> mean_of(const std::vector<double>& losses, std::size_t first,
                              std::size_t last) {
  double mean = 0.0;
  std::size_t count = 0;
  for (std::size_t i = first; i < last; ++i) {
    if (!std::isfinite(losses[i])) continue;
    ++count;
    mean += (losses[i] - mean) / static_cast<double>(count);
  }
  return count > 0 ? std::optional(mean) : std::nullopt;
}

// The epochs as points: each its own, or, of more than fit, the mean of neighbours.
Curve points_of(const std::vector<double>& losses, std::size_t columns) {
  const std::size_t count = std::min(losses.size(), columns);
  Curve points(count);
  for (std::size_t i = 0; i < count; ++i)
    points[i] = mean_of(losses, i * losses.size() / count, (i + 1) * losses.size() / count);
  return points;
}

std::optional<Scale> scale_of(const Curve& one, const Curve& other) {
  std::optional<Scale> scale;
  for (const Curve* const curve : {&one, &other}) {
    for (const std::optional<double>& value : *curve) {
      if (!value) continue;
      if (!scale) scale = Scale{*value, *value};
      scale->low = std::min(scale->low, *value);
      scale->high = std::max(scale->high, *value);
    }
  }
  return scale;
}

void mark(Cell& cell, Cell curve) {
  const bool is_other_curve = (cell == Cell::train || cell == Cell::validation) && cell != curve;
  cell = is_other_curve || cell == Cell::both ? Cell::both : curve;
}

void draw_line(Grid& grid, std::size_t column, std::size_t step, int from_row, int to_row) {
  for (std::size_t i = 1; i < step; ++i) {
    const double part = static_cast<double>(i) / static_cast<double>(step);
    const auto row = static_cast<std::size_t>(std::lround(from_row + part * (to_row - from_row)));
    Cell& cell = grid[row][column + i];
    if (cell == Cell::empty) cell = Cell::between;
  }
}

void draw(Grid& grid, const Curve& points, const Scale& scale, std::size_t step, Cell curve) {
  for (std::size_t i = 0; i < points.size(); ++i) {
    if (!points[i]) continue;
    const int row = row_of(*points[i], scale);
    mark(grid[static_cast<std::size_t>(row)][i * step], curve);
    if (i + 1 < points.size() && points[i + 1])
      draw_line(grid, i * step, step, row, row_of(*points[i + 1], scale));
  }
}

std::size_t step_for(std::size_t points, std::size_t columns) {
  if (points < 2) return 1;
  return std::clamp<std::size_t>((columns - 1) / (points - 1), 1, kWidestStep);
}

int label_cells(const Scale& scale) {
  int cells = 0;
  for (const int row : kLabelledRows)
    cells = std::max(cells, display_width(label_text(loss_at(row, scale))));
  return cells;
}

std::string grid_text(const Grid& grid, const Scale& scale, int label_width) {
  std::string text;
  for (int row = 0; row < kRows; ++row) {
    const bool is_labelled = std::ranges::find(kLabelledRows, row) != kLabelledRows.end();
    text += pad_left(is_labelled ? label_text(loss_at(row, scale)) : "", label_width);
    std::string line = is_labelled ? " ┤" : " │";
    for (const Cell cell : grid[static_cast<std::size_t>(row)]) line += glyph(cell);
    text += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
  }
  return text;
}

// The line below the curves and the first and last epoch under it.
std::string axis_text(const std::vector<std::int64_t>& epochs, std::size_t columns,
                      int label_width) {
  const std::string margin(static_cast<std::size_t>(label_width) + 1, ' ');
  std::string text = margin + "└";
  for (std::size_t i = 0; i < columns; ++i) text += "─";
  const std::string first = std::to_string(epochs.front());
  const std::string last = epochs.size() > 1 ? std::to_string(epochs.back()) : "";
  const int gap = static_cast<int>(columns) - display_width(first);
  const std::string room = display_width(last) < gap ? pad_left(last, gap) : "";
  return text + "\n" + margin + " " + first + room + "\n";
}

}  // namespace

std::string history_chart(const Words& words, const History& history) {
  // The labels of the scale need room, and the scale is only known from the points.
  constexpr int kLabelRoom = 14;
  constexpr auto kColumns = static_cast<std::size_t>(kWidth - kLabelRoom);
  const Curve train = points_of(history.train_loss, kColumns);
  const Curve validation = points_of(history.val_loss, kColumns);
  const std::optional<Scale> scale = scale_of(train, validation);
  if (!scale) return "";
  const std::size_t points = std::max(train.size(), validation.size());
  const std::size_t step = step_for(points, kColumns);
  const std::size_t columns = (points - 1) * step + 1;
  Grid grid(kRows, std::vector<Cell>(columns, Cell::empty));
  draw(grid, train, *scale, step, Cell::train);
  draw(grid, validation, *scale, step, Cell::validation);
  const int label_width = label_cells(*scale);
  const std::string legend =
      fill(words.curves, {glyph(Cell::train), glyph(Cell::validation), glyph(Cell::both)});
  return std::string(static_cast<std::size_t>(label_width) + 2, ' ') + legend + "\n" +
         grid_text(grid, *scale, label_width) + axis_text(history.epochs, columns, label_width);
}

}  // namespace lockstep
