// SPDX-License-Identifier: Apache-2.0
#include "model/node.h"

#include <ATen/ATen.h>
#include <torch/csrc/autograd/functions/utils.h>

#include <utility>

namespace lockstep {

void attach(const std::shared_ptr<torch::autograd::Node>& node,
            std::initializer_list<at::Tensor> inputs, std::initializer_list<at::Tensor> outputs) {
  torch::autograd::edge_list edges;
  for (const at::Tensor& input : inputs)
    edges.push_back(input.defined() ? torch::autograd::impl::gradient_edge(input)
                                    : torch::autograd::Edge());
  node->set_next_edges(std::move(edges));
  for (const at::Tensor& output : outputs) torch::autograd::set_history(output, node);
}

}  // namespace lockstep
