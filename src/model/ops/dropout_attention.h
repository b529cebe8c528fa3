// SPDX-License-Identifier: Apache-2.0
// Causal self-attention with dropout on processors, in float32. LibTorch's computes, keeps and
// draws random numbers for all T x T scores of a head, one by one; here a block of rows goes at a
// time through the cache, nothing above the diagonal's block is computed, and the backward pass
// computes the block once more (Dao et al. 2022, "FlashAttention").
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "model/ops/dropout_numbers.h"

namespace lockstep {

// Of queries, keys and values [B, T, 3C], for `heads` heads: [B, T, C]. The same bits with any
// number of threads. Differentiable once.
at::Tensor dropout_attention(const at::Tensor& qkv, std::int64_t heads, const Dropout& dropout);

}  // namespace lockstep
