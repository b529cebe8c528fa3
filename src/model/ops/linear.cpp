// SPDX-License-Identifier: Apache-2.0
#include "model/ops/linear.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <torch/csrc/autograd/function.h>

#include <utility>

#include "model/node.h"

namespace lockstep {
namespace {

using torch::autograd::variable_list;

class LinearBackward : public torch::autograd::Node {
 public:
  LinearBackward(at::Tensor x, Linear linear) : x_(std::move(x)), linear_(std::move(linear)) {}

  variable_list apply(variable_list&& upstreams) override {
    const at::Tensor grad = upstreams[0].contiguous();
    const at::Tensor grad_NM = grad.view({-1, grad.size(-1)});
    at::Tensor grad_weight = *linear_.weight.gradient;
    at::mm_out(grad_weight, grad_NM.t(), x_.view({-1, x_.size(-1)}));
    if (linear_.bias.leaf.defined()) {
      at::Tensor grad_bias = *linear_.bias.gradient;
      at::sum_out(grad_bias, grad_NM, {0});
    }
    return {at::mm(grad_NM, linear_.weight.leaf).view(x_.sizes()), {}, {}};
  }

  void release_variables() override { x_.reset(); }

 private:
  at::Tensor x_;
  Linear linear_;
};

}  // namespace

at::Tensor linear(const at::Tensor& x, const Linear& linear) {
  at::Tensor result;
  const at::Tensor rows = x.contiguous();
  {
    const at::NoGradGuard no_grad;
    result = at::linear(rows, linear.weight.leaf, linear.bias.leaf);
  }
  if (!at::GradMode::is_enabled()) return result;
  attach(std::make_shared<LinearBackward>(rows.detach(), linear),
         {rows, linear.weight.leaf, linear.bias.leaf}, {result});
  return result;
}

}  // namespace lockstep
