// SPDX-License-Identifier: Apache-2.0
// The kernels behind cuda_kernels.h, by pointers into the device's memory. Shows nothing of CUDA
// and of LibTorch, so that either compiler can include it.
#pragma once

#include <cstdint>

#include "optim/adamw_kernel.h"

struct CUstream_st;

namespace lockstep::cuda {

// bf16_values: bfloat16 [count], or null. Arrays of any alignment.
void launch_adamw(const AdamWFactors& factors, const float* gradients, float* values,
                  float* exp_avg, float* exp_avg_sq, void* bf16_values, std::int64_t count,
                  CUstream_st* stream);

// sums[i] becomes the sum of the squares of values [i x block, min((i + 1) x block, count)).
void launch_square_sums(const float* values, std::int64_t count, std::int64_t block, double* sums,
                        CUstream_st* stream);

}  // namespace lockstep::cuda
