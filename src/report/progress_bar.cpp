// SPDX-License-Identifier: Apache-2.0
#include "report/progress_bar.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <limits>
#include <string_view>
#include <utility>

namespace lockstep {
namespace {

constexpr std::chrono::milliseconds kBetweenRedraws{100};
constexpr int kColumnsWithoutTerminal = 80;
constexpr std::string_view kEraseToEndOfLine = "\x1b[K";

}  // namespace

int terminal_columns() {
  ::winsize size{};
  const bool known = ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return known ? size.ws_col : kColumnsWithoutTerminal;
}

ProgressBar::ProgressBar(std::ostream& out, const Words& words, bool terminal,
                         std::int64_t log_every, Clock now, std::function<int()> columns)
    : out_(out),
      words_(words),
      terminal_(terminal),
      log_every_(log_every),
      now_(std::move(now)),
      columns_(std::move(columns)) {}

ProgressBar::~ProgressBar() {
  if (drawn_) out_ << '\n' << std::flush;
}

void ProgressBar::start(std::int64_t total, std::int64_t done) {
  clear();
  progress_ = {.done = done, .total = total, .done_before = done};
  started_ = now_();
  if (terminal_) redraw();
}

void ProgressBar::show(std::int64_t done, double loss, double avg_loss) {
  progress_.done = done;
  progress_.loss = loss;
  progress_.avg_loss = avg_loss;
  if (terminal_) {
    redraw();
  } else {
    log_line();
  }
}

void ProgressBar::clear() {
  if (!drawn_) return;
  out_ << '\r' << kEraseToEndOfLine << std::flush;
  drawn_.reset();
}

double ProgressBar::seconds_since_start() const {
  return std::chrono::duration<double>(now_() - started_).count();
}

void ProgressBar::redraw() {
  const auto now = now_();
  if (drawn_ && !is_finished() && now - *drawn_ < kBetweenRedraws) return;
  progress_.seconds = seconds_since_start();
  // One column stays free: many terminals wrap when the last one is written.
  out_ << '\r' << progress_line(words_, progress_, columns_() - 1) << kEraseToEndOfLine;
  drawn_ = now;
  if (is_finished()) {
    out_ << '\n';
    drawn_.reset();
  }
  out_.flush();
}

void ProgressBar::log_line() {
  const bool due = log_every_ > 0 && progress_.done % log_every_ == 0;
  if (!due && !is_finished()) return;
  progress_.seconds = seconds_since_start();
  out_ << progress_line(words_, progress_, std::numeric_limits<int>::max()) << '\n' << std::flush;
}

}  // namespace lockstep
