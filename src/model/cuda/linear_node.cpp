// SPDX-License-Identifier: Apache-2.0
#include "model/cuda/linear_node.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <torch/csrc/autograd/function.h>

#include <utility>

#include "model/cuda/tensors.h"

namespace lockstep::cuda {
namespace {

using torch::autograd::variable_list;

class LinearBackward : public torch::autograd::Node {
 public:
  LinearBackward(at::Tensor x, Linear linear) : x_(std::move(x)), linear_(std::move(linear)) {}

  variable_list apply(variable_list&& upstreams) override {
    const Parameter& weight = linear_.weight;
    const at::Tensor grad = upstreams[0].contiguous();
    const at::Tensor grad_NM = grad.view({-1, grad.size(-1)});
    const at::Tensor x_NK = x_.view({-1, x_.size(-1)});
    {
      const Beside beside(grad_NM.size(0), {grad, x_});
      gradient_product(grad_NM, x_NK, *weight.gradient);
      row_sums_into(grad_NM, linear_.bias);
    }
    return {at::mm(grad_NM, weight.compute).view(x_.sizes()), {}, {}};
  }

  void release_variables() override { x_.reset(); }

 private:
  at::Tensor x_;
  Linear linear_;
};

}  // namespace

at::Tensor linear(const at::Tensor& x, const Linear& linear) {
  at::Tensor result;
  {
    const at::NoGradGuard no_grad;
    result = at::linear(x, linear.weight.compute, linear.bias.compute);
  }
  if (!at::GradMode::is_enabled()) return result;
  attach(std::make_shared<LinearBackward>(x.detach(), linear),
         {x, linear.weight.leaf, linear.bias.leaf}, {result});
  return result;
}

at::Tensor product(const at::Tensor& x, const Parameter& weight) {
  return linear(x, {.weight = weight, .bias = {}});
}

}  // namespace lockstep::cuda
