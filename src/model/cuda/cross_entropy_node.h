// SPDX-License-Identifier: Apache-2.0
// The head and its loss as a node of the autograd graph.
#pragma once

#include <ATen/core/Tensor.h>

#include "model/parameters.h"

namespace lockstep::cuda {

// TrainingOperations::cross_entropy. `weight` is the first parameter of its layout: its rows are
// padded, for matrix products that like multiples of 64, with the rows of what comes behind it.
// Logits of padding count for nothing, and have gradients of 0.
at::Tensor cross_entropy(const at::Tensor& hidden_NC, const Parameter& weight,
                         const at::Tensor& targets_N, double divisor);

}  // namespace lockstep::cuda
