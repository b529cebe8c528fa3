// SPDX-License-Identifier: Apache-2.0
// The learning rate of a step, as a pure function of the step.
#pragma once

#include <cstdint>

#include "config/run_config.h"

namespace lockstep {

// The rate of optimizer step `step` (counted from 0) of a run of `total_steps`: a linear warm-up
// over the first warmup_steps, then constant, or half a cosine down to min_learning_rate
// (Loshchilov and Hutter, "SGDR", 2017).
double learning_rate(const OptimConfig& config, std::int64_t step, std::int64_t total_steps);

}  // namespace lockstep
