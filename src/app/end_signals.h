// SPDX-License-Identifier: Apache-2.0
// SIGINT and SIGTERM as something to wait for, for a program that has nothing to save.
#pragma once

#include <chrono>

namespace lockstep {

// From its beginning on these signals no longer end the process.
// REQUIRES: it begins before any other thread does, which inherits that.
class EndSignals {
 public:
  EndSignals();
  // Whether one of them has come, waiting for it at most so long.
  bool wait_for(std::chrono::milliseconds limit) const;
};

}  // namespace lockstep
