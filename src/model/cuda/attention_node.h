// SPDX-License-Identifier: Apache-2.0
// Attention, with the linear map before it, as a node of the autograd graph.
#pragma once

#include <ATen/core/Tensor.h>

#include <memory>

#include "model/cuda/attention_pass.h"
#include "model/operations.h"

namespace lockstep::cuda {

// What `pass` makes of the queries, keys and values that `linear` makes of x [B, T, C]: [B, T, C].
at::Tensor attention(const at::Tensor& x_BTC, const Linear& linear,
                     std::unique_ptr<AttentionPass> pass);

}  // namespace lockstep::cuda
