// SPDX-License-Identifier: Apache-2.0
// The values a model starts with, as GPT-2 has them: weights N(0, 0.02), projections into the
// residual stream N(0, 0.02 / sqrt(2 x layers)), biases 0, LayerNorm weights 1
// (Radford et al. 2019, "Language Models are Unsupervised Multitask Learners").
#pragma once

#include <cstdint>

#include "config/run_config.h"
#include "model/parameters.h"

namespace lockstep {

// Equal seeds give equal values on every rank.
void initialize(Parameters& parameters, const ModelConfig& config, std::uint64_t seed);

}  // namespace lockstep
