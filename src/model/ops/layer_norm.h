// SPDX-License-Identifier: Apache-2.0
// LayerNorm (Ba et al. 2016) whose gradients have the same bits with any number of threads.
// LibTorch adds up the gradients of weight and bias over as many parts as there are threads; here
// they are added over blocks of rows of a fixed length, block by block.
#pragma once

#include <ATen/core/Tensor.h>

namespace lockstep {

// x / sqrt(variance + eps), around its mean, times `weight_C` plus `bias_C`, along the last
// dimension. x [..., C] and weight_C [C] float32 or float64; bias_C [C], or undefined for none.
// Differentiable once in all of them.
at::Tensor layer_norm(const at::Tensor& x, const at::Tensor& weight_C, const at::Tensor& bias_C,
                      double eps);

}  // namespace lockstep
