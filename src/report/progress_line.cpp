// SPDX-License-Identifier: Apache-2.0
#include "report/progress_line.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

#include "report/display_width.h"
#include "report/numbers.h"

namespace lockstep {
namespace {

constexpr int kWidestBar = 16;
constexpr int kNarrowestBar = 4;
constexpr std::int64_t kEighths = 8;  // a cell is filled in eighths from the left
constexpr std::array<std::string_view, kEighths + 1> kBlocks = {" ", "▏", "▎", "▍", "▌",
                                                                "▋", "▊", "▉", "█"};

double fraction_done(const Progress& progress) {
  if (progress.total <= 0) return 0.0;
  return std::clamp(static_cast<double>(progress.done) / static_cast<double>(progress.total), 0.0,
                    1.0);
}

std::string bar(double fraction, int cells) {
  const auto filled = static_cast<std::int64_t>(fraction * cells * static_cast<double>(kEighths));
  std::string text;
  for (std::int64_t cell = 0; cell < cells; ++cell) {
    const std::int64_t eighths = std::clamp<std::int64_t>(filled - cell * kEighths, 0, kEighths);
    text += kBlocks[static_cast<std::size_t>(eighths)];
  }
  return text;
}

// Cut, not rounded: 100% means that every step is done.
std::string percent(const Progress& progress) {
  const std::int64_t whole =
      progress.total > 0 ? std::clamp<std::int64_t>(progress.done * 100 / progress.total, 0, 100)
                         : 0;
  return pad_left(std::to_string(whole), 3) + "%";
}

std::optional<double> steps_per_second(const Progress& progress) {
  const std::int64_t made = progress.done - progress.done_before;
  if (made <= 0 || progress.seconds <= 0.0) return std::nullopt;
  return static_cast<double>(made) / progress.seconds;
}

std::string times(const Progress& progress) {
  const std::optional<double> rate = steps_per_second(progress);
  const std::string elapsed = clock_text(progress.seconds);
  if (!rate) return elapsed + "<?, ?it/s";
  const auto left = static_cast<double>(std::max<std::int64_t>(progress.total - progress.done, 0));
  return elapsed + "<" + clock_text(left / *rate) + ", " + rate_text(*rate);
}

// What stands behind the bar, the longest form first.
std::vector<std::string> tails(const Progress& progress) {
  const std::string count = std::to_string(progress.done) + "/" + std::to_string(progress.total);
  const std::string timed = count + " [" + times(progress);
  const std::string loss = progress.loss ? ", loss=" + loss_text(*progress.loss) : "";
  const std::string average =
      progress.avg_loss ? ", avg_loss=" + loss_text(*progress.avg_loss) : "";
  return {timed + loss + average + "]", timed + loss + "]", timed + "]", count};
}

std::string with_bar(const std::string& head, const Progress& progress, int cells,
                     const std::string& tail) {
  return head + "|" + bar(fraction_done(progress), cells) + "| " + tail;
}

}  // namespace

std::string progress_line(const Words& words, const Progress& progress, int columns) {
  const std::string head = std::string(words.training) + ": " + percent(progress);
  const std::vector<std::string> forms = tails(progress);
  for (const std::string& tail : forms) {
    const int room = columns - display_width(with_bar(head, progress, 0, tail));
    if (room >= kNarrowestBar) return with_bar(head, progress, std::min(room, kWidestBar), tail);
  }
  return std::string(fit(head + " " + forms.back(), columns));
}

}  // namespace lockstep
