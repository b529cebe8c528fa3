// SPDX-License-Identifier: Apache-2.0
// LayerNorm (Ba et al. 2016) whose gradients have the same bits with any number of threads.
// LibTorch adds up the gradients of weight and bias over as many parts as there are threads; here
// they are added over blocks of rows of a fixed length, block by block.
#pragma once

#include <ATen/core/Tensor.h>

#include "model/operations.h"

namespace lockstep {

// x / sqrt(variance + kLayerNormEps), around its mean, times the weight plus the bias, along the
// last dimension. x [..., C], of the type of the parameters: float32 or float64.
at::Tensor layer_norm(const at::Tensor& x, const LayerNorm& norm);

}  // namespace lockstep
