// SPDX-License-Identifier: Apache-2.0
#include "report/start_report.h"

namespace lockstep {

std::string start_report(const Words& words, const StartPoint& start) {
  if (start.file.empty()) return "";
  if (!start.is_resumed()) return fill(words.starting_from, {start.file}) + "\n";
  return fill(words.resuming_from,
              {start.file, std::to_string(start.epochs), std::to_string(start.steps)}) +
         "\n";
}

}  // namespace lockstep
