// SPDX-License-Identifier: Apache-2.0
// --profile: where the time of a step goes on a GPU.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace lockstep {

// Lets some steps go by, measures some, and has a table of them once.
class Profile {
 public:
  // A step was made. The table, after the last that was measured.
  std::optional<std::string> step_done();

 private:
  using Clock = std::chrono::steady_clock;
  std::int64_t steps_ = 0;
  Clock::time_point started_;
};

}  // namespace lockstep
