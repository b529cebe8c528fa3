// SPDX-License-Identifier: Apache-2.0
#include "report/columns.h"

#include <algorithm>

#include "report/display_width.h"

namespace lockstep {
namespace {

using Cells = std::vector<std::string>;

void widen(Column& column, const std::string& value) {
  const int cells = display_width(value);
  if (column.is_number) column.digits = std::max(column.digits, cells);
  column.width = std::max(column.width, std::max(cells, column.digits) + kColumnGap);
}

std::string without_spaces_at_the_end(std::string line) {
  line.erase(line.find_last_not_of(' ') + 1);
  return line;
}

std::string header(const std::vector<Column>& columns) {
  std::string line;
  for (const Column& column : columns) line += pad_right(column.title, column.width);
  return without_spaces_at_the_end(line);
}

std::string line_of(const std::vector<Column>& columns, const Cells& row) {
  std::string line;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const std::string cell = columns[i].is_number ? pad_left(row[i], columns[i].digits) : row[i];
    line += pad_right(cell, columns[i].width);
  }
  return without_spaces_at_the_end(line);
}

}  // namespace

std::vector<std::string> lines_in_columns(std::vector<Column> columns,
                                          const std::vector<Cells>& rows) {
  for (Column& column : columns)
    column.width = std::max(column.width, display_width(column.title) + kColumnGap);
  for (const Cells& row : rows)
    for (std::size_t i = 0; i < columns.size(); ++i) widen(columns[i], row[i]);
  std::vector<std::string> lines = {header(columns)};
  for (const Cells& row : rows) lines.push_back(line_of(columns, row));
  return lines;
}

}  // namespace lockstep
