// SPDX-License-Identifier: Apache-2.0
// The seam between two sublayers as a node of the autograd graph.
#pragma once

#include <ATen/core/Tensor.h>

#include "model/cuda/element.h"
#include "model/operations.h"

namespace lockstep::cuda {

// x + dropout(branch + bias), and its norm. Without a branch the norm of x alone; the sum is then
// undefined.
Residual residual_layer_norm(const at::Tensor& x, const at::Tensor& branch, const Parameter& bias,
                             const LayerNorm& norm, const Dropout& dropout);

}  // namespace lockstep::cuda
