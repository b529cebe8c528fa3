// SPDX-License-Identifier: Apache-2.0
// The head of a language model and its loss as one operation that never holds all logits: rows are
// taken in chunks, and the gradient of a chunk is computed in the forward pass while its
// probabilities are at hand (the method of Liger Kernel's fused linear cross-entropy,
// Hsu et al. 2024).
#pragma once

#include <ATen/core/Tensor.h>

#include "model/parameters.h"

namespace lockstep {

// The cross-entropy of `targets_N` under softmax(hidden_NC x weight_VC^T), summed over N in
// float64, / `divisor`: a float64 scalar. It is where a backward pass begins: with an upstream
// gradient of 1. The gradient of the weight is where it belongs when this returns. hidden_NC [N, C]
// and weight_VC [V, C] float32 or float64, contiguous; targets_N [N] int64 in [0, V). Needs at most
// 64 MiB for logits, or one row of them, whatever N and V.
at::Tensor linear_cross_entropy(const at::Tensor& hidden_NC, const Parameter& weight_VC,
                                const at::Tensor& targets_N, double divisor);

}  // namespace lockstep
