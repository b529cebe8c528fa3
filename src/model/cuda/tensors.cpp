// SPDX-License-Identifier: Apache-2.0
#include "model/cuda/tensors.h"

#include <ATen/ATen.h>

#include "base/error.h"
#include "model/cuda/column_sum.h"

namespace lockstep::cuda {

Element element_of(const at::Tensor& tensor) {
  if (tensor.scalar_type() == at::kBFloat16) return Element::bfloat16;
  if (tensor.scalar_type() == at::kFloat) return Element::float32;
  throw Error(ErrorKind::internal, "computing on a GPU: activations are float32 or bfloat16");
}

const float* floats_or_null(const at::Tensor& tensor) {
  return tensor.defined() ? tensor.const_data_ptr<float>() : nullptr;
}

void group_sums_into(const at::Tensor& groups, const Parameter& bias) {
  if (!bias.leaf.defined()) return;
  sum_groups({.groups = groups.const_data_ptr<float>(),
              .count = groups.size(0),
              .columns = groups.size(1),
              .into = {bias.gradient->data_ptr<float>()}},
             current_stream());
  check_launch("sum_groups");
}

void row_sums_into(const at::Tensor& grad_NM, const Parameter& bias) {
  if (!bias.leaf.defined()) return;
  const std::int64_t rows = grad_NM.size(0);
  const std::int64_t columns = grad_NM.size(1);
  const std::int64_t count = group_count(rows);
  const at::Tensor groups = at::empty({count, columns}, bias.leaf.options().requires_grad(false));
  sum_rows_in_groups(element_of(grad_NM), grad_NM.const_data_ptr(), rows, columns,
                     groups.data_ptr<float>(), current_stream());
  check_launch("sum_rows_in_groups");
  group_sums_into(groups, bias);
}

}  // namespace lockstep::cuda
