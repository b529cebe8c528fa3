// SPDX-License-Identifier: Apache-2.0
// Causal self-attention of LibTorch, on any device, and how its tensors are cut into heads.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace lockstep {

// Views: [B, T, C] -> [B, heads, T, C / heads].
at::Tensor by_head(const at::Tensor& part_BTC, std::int64_t heads);
// And back; a copy where the memory does not lie so.
at::Tensor joined_heads(const at::Tensor& by_head);

// Over queries, keys and values [B, T, 3C]: [B, T, C].
at::Tensor causal_attention(const at::Tensor& qkv, std::int64_t heads, double dropout);

}  // namespace lockstep
