// SPDX-License-Identifier: Apache-2.0
// One thing that was looked at before a training, and what was found: what a start tells in the log
// and `trainer --doctor` in its table.
#pragma once

#include <string>

#include "base/error.h"

namespace lockstep {

enum class Check {
  configuration,
  command_line,
  program,
  processors,
  clocks,
  cores,
  memory,
  directory,
  disk,
  network,
  gpu,
};

enum class Severity { warning, problem };

struct Finding {
  Check check = Check::configuration;
  Severity severity = Severity::warning;
  ErrorKind kind = ErrorKind::usage;  // the exit code of a problem
  std::string text;                   // what was found, and the remedy
};

}  // namespace lockstep
