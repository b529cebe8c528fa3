// SPDX-License-Identifier: Apache-2.0
// What is said at the end of a run that had nothing to do.
#pragma once

#include <cstdint>
#include <string>

#include "report/words.h"

namespace lockstep {

struct RunLimits {
  std::int64_t epochs = 0;
  std::int64_t max_steps = 0;  // 0: no limit
};

// A line for standard output. Whichever of the limits has ended the run is named, with what lets it
// go on.
std::string nothing_to_do_report(const Words& words, const RunLimits& limits,
                                 std::int64_t epochs_completed);

}  // namespace lockstep
