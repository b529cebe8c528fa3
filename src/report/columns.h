// SPDX-License-Identifier: Apache-2.0
// Text in columns that line up on a terminal, counted in cells.
#pragma once

#include <string>
#include <vector>

namespace lockstep {

inline constexpr int kColumnGap = 2;  // cells, to the next one

struct Column {
  std::string title;
  int width = 0;   // at least, with the gap to the next one
  int digits = 0;  // numbers are right-aligned in at least this many cells
  bool is_number = true;
};

// The titles and then one line for each row, none with spaces at its end. A column grows where its
// title or a value needs it. REQUIRES: as many cells in each row as there are columns.
std::vector<std::string> lines_in_columns(std::vector<Column> columns,
                                          const std::vector<std::vector<std::string>>& rows);

}  // namespace lockstep
