// SPDX-License-Identifier: Apache-2.0
#include "model/cuda/attention_pass.h"

#include <ATen/ATen.h>

#include "model/attention.h"
#include "model/cuda/column_sum.h"
#include "model/cuda/join_heads.h"
#include "model/cuda/tensors.h"

namespace lockstep::cuda {

ProjectionGradient joined_gradient(const at::Tensor& queries, const at::Tensor& keys,
                                   const at::Tensor& values) {
  const at::Tensor q_BTC = joined_heads(queries).contiguous();
  const at::Tensor k_BTC = joined_heads(keys).contiguous();
  const at::Tensor v_BTC = joined_heads(values).contiguous();
  const std::int64_t C = q_BTC.size(2);
  const std::int64_t rows = q_BTC.numel() / C;
  const at::Tensor grad = at::empty({rows, 3 * C}, q_BTC.options());
  const at::Tensor groups =
      at::empty({group_count(rows), 3 * C}, q_BTC.options().dtype(at::kFloat));
  join_heads(element_of(grad), q_BTC.const_data_ptr(), k_BTC.const_data_ptr(),
             v_BTC.const_data_ptr(), rows, C, grad.data_ptr(), groups.data_ptr<float>(),
             current_stream());
  check_launch("join_heads");
  return {.grad = grad, .groups = groups};
}

}  // namespace lockstep::cuda
