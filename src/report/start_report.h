// SPDX-License-Identifier: Apache-2.0
// What is said of the checkpoint that a run starts from.
#pragma once

#include <cstdint>
#include <string>

#include "report/words.h"

namespace lockstep {

struct StartPoint {
  std::string file = {};    // the checkpoint; empty for a fresh start
  std::int64_t epochs = 0;  // that the run has completed
  std::int64_t steps = 0;   // that it has made
  // Otherwise it is a new run, which may have another's weights.
  bool is_resumed() const { return epochs > 0 || steps > 0; }
};

// A line; empty for a fresh start.
std::string start_report(const Words& words, const StartPoint& start);

}  // namespace lockstep
