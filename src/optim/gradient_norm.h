// SPDX-License-Identifier: Apache-2.0
// Gradient clipping by global norm (Pascanu et al. 2013), as torch.nn.utils.clip_grad_norm_ does
// it, over a gradient whose parts are on several ranks. The squares are added in one order, whoever
// holds which part and with however many threads: over fixed blocks, then over the blocks.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>

namespace lockstep {

inline constexpr std::int64_t kNormBlockElements = 4096;

// sums, float64 [blocks], become the sums of the squares of each block of `gradients` (flat
// float32, in host memory); the last block may be short.
void block_square_sums(const at::Tensor& gradients, const at::Tensor& sums);

// The norm of a gradient from the sums of all its blocks, in order, added up as kNormSums says. No
// finite number if the gradient holds one that is none.
double norm_of_blocks(std::span<const double> square_sums);

// What a gradient of that norm is to be multiplied by, so that its norm is at most `max_norm`: 1 if
// it is so already, or if `max_norm` is 0.
double clip_scale(double norm, double max_norm);

}  // namespace lockstep
