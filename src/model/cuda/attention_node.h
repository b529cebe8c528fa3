// SPDX-License-Identifier: Apache-2.0
// Attention, with the linear map before it, as a node of the autograd graph.
#pragma once

#include <ATen/core/Tensor.h>

#include "model/operations.h"

namespace lockstep::cuda {

// Whether flash_attention() can be used for heads of this width.
bool has_flash_attention(at::ScalarType compute, std::int64_t head_width);

// Causal self-attention over the queries, keys and values that `linear` makes of x [B, T, C], by
// FlashAttention-2 (Dao 2023) as LibTorch has it: [B, T, C]. With deterministic algorithms, its
// gradients always have the same bits.
at::Tensor flash_attention(const at::Tensor& x_BTC, const Linear& linear, std::int64_t heads,
                           double dropout);

}  // namespace lockstep::cuda
