// SPDX-License-Identifier: Apache-2.0
#include <ATen/ATen.h>

#include <vector>

#include "model/operations.h"

namespace lockstep {

at::Tensor causal_attention(const at::Tensor& qkv, std::int64_t heads, double dropout) {
  const std::int64_t B = qkv.size(0);
  const std::int64_t T = qkv.size(1);
  const std::int64_t C = qkv.size(2) / 3;
  const auto by_head = [&](const at::Tensor& part_BTC) {  // [B, heads, T, C / heads]
    return part_BTC.view({B, T, heads, C / heads}).transpose(1, 2);
  };
  const std::vector<at::Tensor> parts = qkv.split(C, 2);
  const at::Tensor mixed =
      at::scaled_dot_product_attention(by_head(parts[0]), by_head(parts[1]), by_head(parts[2]),
                                       /*attn_mask=*/{}, dropout, /*is_causal=*/true);
  return mixed.transpose(1, 2).reshape({B, T, C});
}

}  // namespace lockstep
