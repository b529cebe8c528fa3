// SPDX-License-Identifier: Apache-2.0
// The optimizer's arithmetic on a GPU.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "optim/adamw_kernel.h"
#include "optim/step_terms.h"

namespace lockstep::cuda {

// Some elements of every array, all on one GPU. float32, but for bf16_values.
struct AdamWArrays {
  at::Tensor gradients, values, exp_avg, exp_avg_sq;
  at::Tensor bf16_values;  // become the rounded values; undefined: there are none
};

// Runs of elements that decay and of elements that do not, in turn.
struct DecayRuns {
  at::Tensor ends;  // int64 [runs], rising, on the GPU: where each ends
  bool first_decays = true;
  std::int64_t first = 0;  // where among them the arrays' first element is
};

// All of these start their work, and return.

// adamw_update() of all elements, to the same bits as on a CPU; those that do not decay have a
// factor of 1. If `gradient_scale` is not null, what it points to on the GPU is taken for that of
// the factors; NaN changes nothing.
void update(const AdamWFactors& factors, const double* gradient_scale, const DecayRuns& runs,
            const AdamWArrays& arrays);

// sums, float64 [chunks], become those of the squares of each chunk (kChunkElements) of `gradients`
// (flat float32).
void chunk_square_sums(const at::Tensor& gradients, const at::Tensor& sums);

// As lockstep::sum_up_step(), to the bits of a CPU.
void sum_up_step(const at::Tensor& terms, const StepTerms& counts, double clip_norm,
                 const at::Tensor& numbers);

}  // namespace lockstep::cuda
