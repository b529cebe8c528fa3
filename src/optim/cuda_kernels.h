// SPDX-License-Identifier: Apache-2.0
// The optimizer's arithmetic on a GPU.
#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "optim/adamw_kernel.h"

namespace lockstep::cuda {

// Some elements of every array, all on one GPU. float32, but for bf16_values.
struct AdamWArrays {
  at::Tensor gradients, values, exp_avg, exp_avg_sq;
  at::Tensor bf16_values;  // become the rounded values; undefined: there are none
};

// adamw_update() of all elements, to the same bits as on a CPU. Starts it, and returns.
void update(const AdamWFactors& factors, const AdamWArrays& arrays);

// Starts to sum the squares of each chunk (kChunkElements) of `gradients` (flat float32) as
// float64: [chunks], on the device.
at::Tensor chunk_square_sums(const at::Tensor& gradients);

}  // namespace lockstep::cuda
