// SPDX-License-Identifier: Apache-2.0
// The one line that shows how far an epoch is, as a function of numbers alone: no clock, no
// terminal. ProgressBar decides when it is drawn and where.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "report/words.h"

namespace lockstep {

struct Progress {
  std::int64_t done = 0;   // steps of this epoch
  std::int64_t total = 0;  // steps of this epoch
  double seconds = 0.0;    // since `done` was `done_before`
  std::optional<double> loss = {};
  std::optional<double> avg_loss = {};
  std::int64_t done_before = 0;  // steps of this epoch that an earlier run made
};

// At most `columns` cells wide. On a narrow terminal first the bar shrinks, then the losses, the
// times and in the end the bar are left out; a line that is still too long is cut.
std::string progress_line(const Words& words, const Progress& progress, int columns);

}  // namespace lockstep
