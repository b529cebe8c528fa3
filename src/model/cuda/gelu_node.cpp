// SPDX-License-Identifier: Apache-2.0
#include "model/cuda/gelu_node.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <torch/csrc/autograd/function.h>

#include <utility>

#include "model/cuda/bias_gelu.h"
#include "model/cuda/column_sum.h"
#include "model/cuda/tensors.h"

namespace lockstep::cuda {
namespace {

using torch::autograd::variable_list;

class GeluBackward : public torch::autograd::Node {
 public:
  GeluBackward(at::Tensor x, Parameter bias, GeluKind kind)
      : x_(std::move(x)), bias_(std::move(bias)), kind_(kind) {}

  variable_list apply(variable_list&& upstreams) override {
    const at::Tensor grad = upstreams[0].contiguous();
    const std::int64_t columns = x_.size(-1);
    const std::int64_t rows = x_.numel() / columns;
    const std::int64_t count = group_count(rows);
    const bool has_bias = bias_.leaf.defined();
    const at::Tensor grad_x = at::empty_like(x_);
    const at::Tensor groups =
        has_bias ? at::empty({count, columns}, x_.options().dtype(at::kFloat)) : at::Tensor();
    bias_gelu_backward(element_of(x_), kind_, grad.const_data_ptr(), x_.const_data_ptr(),
                       floats_or_null(bias_.leaf), rows, columns, grad_x.data_ptr(),
                       has_bias ? groups.data_ptr<float>() : nullptr, current_stream());
    if (has_bias) {
      const Beside beside(rows, {groups});
      group_sums_into(groups, bias_);
    }
    check_launch("bias_gelu_backward");
    return {grad_x, {}};
  }

  void release_variables() override { x_.reset(); }

 private:
  at::Tensor x_;
  Parameter bias_;
  const GeluKind kind_;
};

}  // namespace

at::Tensor gelu(const at::Tensor& x, const Parameter& bias, GeluKind kind) {
  at::Tensor result;
  {
    const at::NoGradGuard no_grad;
    result = at::empty_like(x);
    bias_gelu(element_of(x), kind, x.const_data_ptr(), floats_or_null(bias.leaf),
              x.numel() / x.size(-1), x.size(-1), result.data_ptr(), current_stream());
    check_launch("bias_gelu");
  }
  if (!at::GradMode::is_enabled()) return result;
  attach(std::make_shared<GeluBackward>(x.detach(), bias, kind), {x, bias.leaf}, {result});
  return result;
}

}  // namespace lockstep::cuda
