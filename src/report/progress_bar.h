// SPDX-License-Identifier: Apache-2.0
// Keeps one progress line alive while an epoch runs: redrawn in place on a terminal, every so many
// steps a whole line in a log file.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <ostream>

#include "report/progress_line.h"
#include "report/words.h"

namespace lockstep {

// The columns of the terminal that standard output is; 80 where there is none.
int terminal_columns();

// THREADS: one; whoever writes to the same terminal calls clear() first.
class ProgressBar {
 public:
  using Clock = std::function<std::chrono::steady_clock::time_point()>;

  // `log_every`: steps between two lines in a log file; 0: only the last step is shown.
  ProgressBar(std::ostream& out, const Words& words, bool terminal, std::int64_t log_every,
              Clock now = std::chrono::steady_clock::now,
              std::function<int()> columns = terminal_columns);
  // Leaves an unfinished bar where it is and ends its line.
  ~ProgressBar();
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

  // A new epoch of `total` steps begins, `done` of which an earlier run has made.
  void start(std::int64_t total, std::int64_t done = 0);
  // REQUIRES: start(). `done` counts the steps of this epoch; `loss` is the last step's.
  void show(std::int64_t done, double loss, double avg_loss);
  // Takes the bar off the terminal, so that other text can be written; the next show() draws it
  // again at once.
  void clear();

 private:
  void redraw();
  void log_line();
  bool is_finished() const { return progress_.done >= progress_.total; }
  double seconds_since_start() const;

  std::ostream& out_;
  const Words& words_;
  bool terminal_;
  std::int64_t log_every_;
  Clock now_;
  std::function<int()> columns_;
  Progress progress_;
  std::chrono::steady_clock::time_point started_;
  std::optional<std::chrono::steady_clock::time_point> drawn_;  // when; absent: nothing to erase
};

}  // namespace lockstep
