// SPDX-License-Identifier: Apache-2.0
// The kernels behind cuda_kernels.h, by pointers into the device's memory. Shows nothing of CUDA
// and of LibTorch, so that either compiler can include it.
#pragma once

#include <cstdint>

#include "optim/adamw_kernel.h"
#include "optim/step_terms.h"

struct CUstream_st;

namespace lockstep::cuda {

// cuda_kernels.h's DecayRuns.
struct DecayTurns {
  const std::int64_t* ends;  // [count]
  std::int64_t count;
  bool first_decays;
  std::int64_t first;
};

// gradient_scale: [1] instead of that of the factors, or null; NaN changes nothing. bf16_values:
// bfloat16 [count], or null. Arrays of any alignment.
void launch_adamw(const AdamWFactors& factors, const double* gradient_scale,
                  const DecayTurns& turns, const float* gradients, float* values, float* exp_avg,
                  float* exp_avg_sq, void* bf16_values, std::int64_t count, CUstream_st* stream);

// sums[i] becomes the sum of the squares of values [i x block, min((i + 1) x block, count)).
void launch_square_sums(const float* values, std::int64_t count, std::int64_t block, double* sums,
                        CUstream_st* stream);

// numbers [1] go on from those of the step before. terms [counts.total()].
void launch_step_numbers(const double* terms, const StepTerms& counts, double clip_norm,
                         StepNumbers* numbers, CUstream_st* stream);

}  // namespace lockstep::cuda
