// SPDX-License-Identifier: Apache-2.0
#include "model/cuda/tensors.h"

#include <ATen/ATen.h>
#include <torch/csrc/autograd/functions/utils.h>

#include <utility>

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

void attach(const std::shared_ptr<torch::autograd::Node>& node,
            std::initializer_list<at::Tensor> inputs, std::initializer_list<at::Tensor> outputs) {
  torch::autograd::edge_list edges;
  for (const at::Tensor& input : inputs)
    edges.push_back(input.defined() ? torch::autograd::impl::gradient_edge(input)
                                    : torch::autograd::Edge());
  node->set_next_edges(std::move(edges));
  for (const at::Tensor& output : outputs) torch::autograd::set_history(output, node);
}

void add_group_sums(const at::Tensor& groups, const Parameter& bias) {
  if (!bias.leaf.defined()) return;
  sum_groups({.groups = groups.const_data_ptr<float>(),
              .count = groups.size(0),
              .columns = groups.size(1),
              .into = {bias.gradient->view.data_ptr<float>()},
              .adds = bias.gradient->adds},
             current_stream());
  check_launch("sum_groups");
}

void add_row_sums(const at::Tensor& grad_NM, const Parameter& bias) {
  if (!bias.leaf.defined()) return;
  const std::int64_t rows = grad_NM.size(0);
  const std::int64_t columns = grad_NM.size(1);
  const std::int64_t count = group_count(rows);
  const at::Tensor groups = at::empty({count, columns}, bias.leaf.options().requires_grad(false));
  sum_rows_in_groups(element_of(grad_NM), grad_NM.const_data_ptr(), rows, columns,
                     groups.data_ptr<float>(), current_stream());
  check_launch("sum_rows_in_groups");
  add_group_sums(groups, bias);
}

}  // namespace lockstep::cuda
