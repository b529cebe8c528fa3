// SPDX-License-Identifier: Apache-2.0
// What a step comes to: its loss, the norm of its gradient, and what the gradient is multiplied by,
// or that nothing is to change. Summed up where the gradient is: on a GPU the optimizer reads it
// there, and the host hears of it when the update is on its way.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "optim/step_terms.h"

namespace lockstep {

enum class Where { host, gpu };

// How many elements of a gradient a sum of squares is over. On a GPU, for which fewer sums are
// better, a chunk of the state.
std::int64_t elements_of_block(Where where);

// sums, float64 [blocks], become the sums of the squares of each block of `gradients` (flat
// float32); the last block may be short.
void sum_squares(const at::Tensor& gradients, Where where, const at::Tensor& sums);

// numbers, float64 [kStepNumbers], go on from those of the step before. `terms`: float64
// [counts.total()]. `clip_norm` 0: no clipping. On either device to the same bits.
void sum_up_step(const at::Tensor& terms, const StepTerms& counts, double clip_norm, Where where,
                 const at::Tensor& numbers);

// REQUIRES: numbers in host memory.
StepNumbers step_numbers_in(const at::Tensor& numbers);

}  // namespace lockstep
