// SPDX-License-Identifier: Apache-2.0
#include "report/end_report.h"

namespace lockstep {

std::string nothing_to_do_report(const Words& words, const RunLimits& limits,
                                 std::int64_t epochs_completed) {
  const bool by_steps = limits.max_steps > 0 && epochs_completed < limits.epochs;
  return (by_steps ? fill(words.max_steps_reached, {std::to_string(limits.max_steps)})
                   : fill(words.nothing_to_do, {std::to_string(epochs_completed)})) +
         "\n";
}

}  // namespace lockstep
