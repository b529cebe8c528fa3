// SPDX-License-Identifier: Apache-2.0
#include "optim/learning_rate.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace lockstep {

double learning_rate(const OptimConfig& config, std::int64_t step, std::int64_t total_steps) {
  const double peak = config.learning_rate;
  if (step < config.warmup_steps)
    return peak * static_cast<double>(step + 1) / static_cast<double>(config.warmup_steps);
  if (config.schedule == RateSchedule::constant) return peak;
  const auto decay_steps =
      static_cast<double>(std::max<std::int64_t>(1, total_steps - config.warmup_steps));
  const double progress =
      std::min(1.0, static_cast<double>(step - config.warmup_steps) / decay_steps);
  const double height = 0.5 * (1.0 + std::cos(std::numbers::pi * progress));
  return config.min_learning_rate + (peak - config.min_learning_rate) * height;
}

}  // namespace lockstep
