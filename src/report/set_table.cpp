// SPDX-License-Identifier: Apache-2.0
#include "report/set_table.h"

#include <algorithm>

#include "report/columns.h"
#include "report/display_width.h"
#include "report/numbers.h"
#include "report/rules.h"

namespace lockstep {
namespace {

constexpr int kNameCells = 19;

bool is_damaged(const SetRow& row) { return !row.problem.empty(); }

std::string count_text(const std::optional<std::int64_t>& count) {
  return count ? std::to_string(*count) : "-";
}

std::string marks_of(const SetRow& row) {
  return std::string(row.is_best ? "⭐" : "") + (row.is_latest ? "📌" : "");
}

std::vector<std::string> cells_of(const SetRow& row) {
  return {row.name,
          count_text(row.epoch),
          count_text(row.step),
          count_text(row.shards),
          size_text(row.bytes),
          local_time_text(static_cast<std::time_t>(row.modified_seconds)),
          marks_of(row)};
}

std::vector<Column> columns_for(const Words& words, int name_cells) {
  return {{std::string(words.set_title), name_cells, 0, false},
          {std::string(words.epoch_title), 7, 3},
          {std::string(words.step_title), 10, 6},
          {std::string(words.shards_title), 8, 4},
          {std::string(words.size_title), 9},
          {std::string(words.modified_title), 21, 0, false},
          {"", 0, 0, false}};
}

int name_cells_of(const std::vector<SetRow>& sets, const std::vector<LeftoverRow>& leftovers) {
  int cells = kNameCells;
  for (const SetRow& row : sets) cells = std::max(cells, display_width(row.name) + kColumnGap);
  for (const LeftoverRow& row : leftovers)
    cells = std::max(cells, display_width(row.name) + kColumnGap);
  return cells;
}

std::string_view sentence_about(const Words& words, LeftoverRow::Kind kind) {
  switch (kind) {
    case LeftoverRow::Kind::draft: return words.draft_set;
    case LeftoverRow::Kind::trash: return words.trash_set;
    case LeftoverRow::Kind::replaced: return words.replaced_set;
  }
  return {};
}

}  // namespace

std::string set_table(const Words& words, const std::vector<SetRow>& sets,
                      const std::vector<LeftoverRow>& leftovers) {
  if (sets.empty() && leftovers.empty()) return "";
  std::vector<std::vector<std::string>> rows;
  for (const SetRow& row : sets)
    if (!is_damaged(row)) rows.push_back(cells_of(row));
  const int name_cells = name_cells_of(sets, leftovers);
  const std::vector<std::string> lines = lines_in_columns(columns_for(words, name_cells), rows);
  std::string text = std::string(words.sets) + "\n" + wide_rule() + lines.front() + "\n";
  text += wide_rule();
  auto next_line = lines.begin() + 1;
  for (const SetRow& row : sets) {
    if (is_damaged(row))
      text += pad_right(row.name, name_cells) + fill(words.damaged, {row.problem}) + "\n";
    else
      text += *next_line++ + "\n";
  }
  for (const LeftoverRow& row : leftovers)
    text += pad_right(row.name, name_cells) + std::string(sentence_about(words, row.kind)) + "\n";
  return text + wide_rule();
}

}  // namespace lockstep
