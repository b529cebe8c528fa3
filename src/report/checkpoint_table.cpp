// SPDX-License-Identifier: Apache-2.0
#include "report/checkpoint_table.h"

#include <algorithm>
#include <string_view>

#include "report/columns.h"
#include "report/display_width.h"
#include "report/numbers.h"
#include "report/rules.h"

namespace lockstep {
namespace {

using Mark = CheckpointRow::Mark;

constexpr std::string_view kAbsent = "-";

// The cells of one row before they are padded.
struct RowCells {
  std::string epoch;
  std::string val_loss;
  std::string size;
};

// In terminal cells. A column is as wide as its title asks, or wider if a value needs it; the gap
// to the next one is included. Numbers are right-aligned among themselves, so that their digits
// stand under each other.
struct Widths {
  int name = 25;
  int epoch = 7;
  int val_loss = 10;
  int size = 9;
  int modified = 21;
  int epoch_digits = 3;
  int loss_digits = 0;
  int size_digits = 0;
};

bool is_damaged(const CheckpointRow& row) { return !row.problem.empty(); }

RowCells cells_of(const CheckpointRow& row) {
  return {.epoch = row.epoch ? std::to_string(*row.epoch) : std::string(kAbsent),
          .val_loss = row.val_loss ? loss_text(*row.val_loss) : std::string(kAbsent),
          .size = size_text(row.bytes)};
}

void widen(int& width, int needed) { width = std::max(width, needed); }

Widths widths_for(const std::vector<CheckpointRow>& rows) {
  Widths widths;
  for (const CheckpointRow& row : rows) {
    widen(widths.name, display_width(row.name) + kColumnGap);
    if (is_damaged(row)) continue;
    const RowCells cells = cells_of(row);
    widen(widths.epoch_digits, display_width(cells.epoch));
    widen(widths.loss_digits, display_width(cells.val_loss));
    widen(widths.size_digits, display_width(cells.size));
  }
  widen(widths.epoch, widths.epoch_digits + kColumnGap);
  widen(widths.val_loss, widths.loss_digits + kColumnGap);
  widen(widths.size, widths.size_digits + kColumnGap);
  return widths;
}

std::string header(const Words& words, const Widths& widths) {
  return pad_right(words.name_title, widths.name) + pad_right(words.epoch_title, widths.epoch) +
         pad_right(words.val_loss_title, widths.val_loss) +
         pad_right(words.size_title, widths.size) + std::string(words.modified_title) + "\n";
}

std::string with_mark(const std::string& line, Mark mark, const Widths& widths) {
  if (mark == Mark::none) return line;
  return pad_right(line, widths.modified) + (mark == Mark::best ? "⭐" : "📌");
}

std::string numbers(const CheckpointRow& row, const Widths& widths) {
  const RowCells cells = cells_of(row);
  const std::string modified = local_time_text(static_cast<std::time_t>(row.modified_seconds));
  return pad_right(pad_left(cells.epoch, widths.epoch_digits), widths.epoch) +
         pad_right(pad_left(cells.val_loss, widths.loss_digits), widths.val_loss) +
         pad_right(pad_left(cells.size, widths.size_digits), widths.size) +
         with_mark(modified, row.mark, widths);
}

std::string table_line(const Words& words, const CheckpointRow& row, const Widths& widths) {
  const std::string name = pad_right(row.name, widths.name);
  if (is_damaged(row)) return name + fill(words.damaged, {row.problem}) + "\n";
  return name + numbers(row, widths) + "\n";
}

}  // namespace

std::string checkpoint_table(const Words& words, const std::vector<CheckpointRow>& rows) {
  if (rows.empty()) return std::string(words.no_checkpoints) + "\n";
  const Widths widths = widths_for(rows);
  std::string text = std::string(words.checkpoints) + "\n";
  text += wide_rule() + header(words, widths) + wide_rule();
  for (const CheckpointRow& row : rows) text += table_line(words, row, widths);
  return text + wide_rule();
}

}  // namespace lockstep
