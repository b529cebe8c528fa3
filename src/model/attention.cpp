// SPDX-License-Identifier: Apache-2.0
#include "model/attention.h"

#include <ATen/ATen.h>

#include <vector>

namespace lockstep {

at::Tensor by_head(const at::Tensor& part_BTC, std::int64_t heads) {
  return part_BTC.unflatten(2, {heads, part_BTC.size(2) / heads}).transpose(1, 2);
}

at::Tensor joined_heads(const at::Tensor& by_head) { return by_head.transpose(1, 2).flatten(2); }

at::Tensor causal_attention(const at::Tensor& qkv, std::int64_t heads, double dropout) {
  const std::vector<at::Tensor> parts = qkv.split(qkv.size(2) / 3, 2);
  return joined_heads(at::scaled_dot_product_attention(
      by_head(parts[0], heads), by_head(parts[1], heads), by_head(parts[2], heads),
      /*attn_mask=*/{}, dropout, /*is_causal=*/true));
}

}  // namespace lockstep
