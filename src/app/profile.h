// SPDX-License-Identifier: Apache-2.0
// --profile: where the time of a step goes on a GPU.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "report/profile_report.h"
#include "train/run_observer.h"

namespace lockstep {

// Lets some steps go by, measures some, and has what it found once.
class Profile {
 public:
  // `peak_tflops`: of the GPU at the run's precision; 0: as it is known.
  Profile(const RunSummary& summary, double peak_tflops);

  // A step was made. What was measured, after the last that was.
  std::optional<StepProfile> step_done();

 private:
  using Clock = std::chrono::steady_clock;
  StepProfile profile_;
  std::int64_t steps_ = 0;
  Clock::time_point started_;
};

}  // namespace lockstep
