// SPDX-License-Identifier: Apache-2.0
#include "model/cuda/attention_node.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <torch/csrc/autograd/function.h>

#include <utility>

#include "model/cuda/tensors.h"

namespace lockstep::cuda {
namespace {

using torch::autograd::variable_list;

class AttentionBackward : public torch::autograd::Node {
 public:
  AttentionBackward(at::Tensor x_BTC, Linear linear, std::unique_ptr<AttentionPass> pass)
      : x_BTC_(std::move(x_BTC)), linear_(std::move(linear)), pass_(std::move(pass)) {}

  variable_list apply(variable_list&& upstreams) override {
    const auto [grad, groups] = pass_->backward(upstreams[0].contiguous());
    const Parameter& weight = linear_.weight;
    {
      const Beside beside(grad.size(0), {grad, groups, x_BTC_});
      gradient_product(grad, x_BTC_.view({grad.size(0), x_BTC_.size(2)}), *weight.gradient);
      if (groups.defined())
        group_sums_into(groups, linear_.bias);
      else
        row_sums_into(grad, linear_.bias);
    }
    return {at::mm(grad, weight.compute).view(x_BTC_.sizes()), {}, {}};
  }

  void release_variables() override {
    x_BTC_.reset();
    pass_.reset();
  }

 private:
  at::Tensor x_BTC_;
  Linear linear_;
  std::unique_ptr<AttentionPass> pass_;
};

}  // namespace

at::Tensor attention(const at::Tensor& x_BTC, const Linear& linear,
                     std::unique_ptr<AttentionPass> pass) {
  const bool has_backward = at::GradMode::is_enabled();
  at::Tensor result;
  {
    const at::NoGradGuard no_grad;
    result =
        pass->forward(at::linear(x_BTC, linear.weight.compute, linear.bias.compute), has_backward);
  }
  if (!has_backward) return result;
  attach(std::make_shared<AttentionBackward>(x_BTC.detach(), linear, std::move(pass)),
         {x_BTC, linear.weight.leaf, linear.bias.leaf}, {result});
  return result;
}

}  // namespace lockstep::cuda
