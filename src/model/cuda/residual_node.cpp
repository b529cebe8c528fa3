// SPDX-License-Identifier: Apache-2.0
#include "model/cuda/residual_node.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <torch/csrc/autograd/function.h>

#include <utility>

#include "model/cuda/column_sum.h"
#include "model/cuda/residual_norm.h"
#include "model/cuda/tensors.h"

namespace lockstep::cuda {
namespace {

using torch::autograd::variable_list;

RowShape rows_of(const at::Tensor& x) {
  return {.rows = x.numel() / x.size(-1), .columns = x.size(-1)};
}

// What the backward pass needs of the forward pass.
struct Saved {
  at::Tensor sum, mean, inverse_root;
  bool has_branch = false;
  Parameter bias;
  LayerNorm norm;
  Dropout dropout;
};

class ResidualNormNode : public torch::autograd::Node {
 public:
  explicit ResidualNormNode(Saved saved) : saved_(std::move(saved)) {}

  // Upstreams: of the sum (of none if the model ends here) and of its norm.
  variable_list apply(variable_list&& upstreams) override {
    const at::Tensor grad_sum = upstreams[0].defined() ? upstreams[0].contiguous() : at::Tensor();
    const at::Tensor grad_normal = upstreams[1].contiguous();
    const RowShape shape = rows_of(saved_.sum);
    const std::int64_t count = residual_norm_groups(shape.rows);
    const at::Tensor groups =
        at::empty({count, 3, shape.columns}, saved_.sum.options().dtype(at::kFloat));
    const at::Tensor grad_x = at::empty_like(saved_.sum);
    const bool drops = saved_.has_branch && saved_.dropout.probability > 0.0;
    const at::Tensor grad_branch = drops ? at::empty_like(saved_.sum) : grad_x;
    residual_norm_backward(element_of(saved_.sum), shape,
                           {.grad_sum = grad_sum.defined() ? grad_sum.const_data_ptr() : nullptr,
                            .grad_normal = grad_normal.const_data_ptr(),
                            .sum = saved_.sum.const_data_ptr(),
                            .weight = saved_.norm.weight.leaf.const_data_ptr<float>(),
                            .mean = saved_.mean.const_data_ptr<float>(),
                            .inverse_root = saved_.inverse_root.const_data_ptr<float>(),
                            .dropout = saved_.has_branch ? saved_.dropout : Dropout{},
                            .grad_x = grad_x.data_ptr(),
                            .grad_branch = drops ? grad_branch.data_ptr() : nullptr,
                            .groups = groups.data_ptr<float>()},
                           current_stream());
    // The first norm's gradient is added, in place, to that of the sum after it: autograd's
    // addition must not overtake a product of parameters that reads the latter.
    if (!saved_.has_branch) wait_for_work_beside();
    const Beside beside(shape.rows, {groups});
    sum_groups({.groups = groups.const_data_ptr<float>(),
                .count = count,
                .columns = shape.columns,
                .sums = 3,
                .into = {gradient_of(saved_.norm.weight), gradient_of(saved_.norm.bias),
                         saved_.has_branch ? gradient_of(saved_.bias) : nullptr}},
               current_stream());
    check_launch("residual_norm_backward");
    return {grad_x, saved_.has_branch ? grad_branch : at::Tensor(), {}, {}, {}};
  }

  void release_variables() override {
    saved_.sum.reset();
    saved_.mean.reset();
    saved_.inverse_root.reset();
  }

 private:
  static float* gradient_of(const Parameter& parameter) {
    return parameter.leaf.defined() ? parameter.gradient->data_ptr<float>() : nullptr;
  }

  Saved saved_;
};

}  // namespace

Residual residual_layer_norm(const at::Tensor& x, const at::Tensor& branch, const Parameter& bias,
                             const LayerNorm& norm, const Dropout& dropout) {
  Residual result;
  Saved saved{.has_branch = branch.defined(), .bias = bias, .norm = norm, .dropout = dropout};
  {
    const at::NoGradGuard no_grad;
    const RowShape shape = rows_of(x);
    if (saved.has_branch) result.sum_BTC = at::empty_like(x);
    result.normal_BTC = at::empty_like(x);
    saved.mean = at::empty({shape.rows}, x.options().dtype(at::kFloat));
    saved.inverse_root = at::empty_like(saved.mean);
    residual_norm(element_of(x), shape,
                  {.x = x.const_data_ptr(),
                   .branch = saved.has_branch ? branch.const_data_ptr() : nullptr,
                   .bias = floats_or_null(bias.leaf),
                   .weight = norm.weight.leaf.const_data_ptr<float>(),
                   .shift = floats_or_null(norm.bias.leaf),
                   .eps = kLayerNormEps,
                   .dropout = dropout,
                   .sum = saved.has_branch ? result.sum_BTC.data_ptr() : nullptr,
                   .normal = result.normal_BTC.data_ptr(),
                   .mean = saved.mean.data_ptr<float>(),
                   .inverse_root = saved.inverse_root.data_ptr<float>()},
                  current_stream());
    check_launch("residual_norm");
    saved.sum = (saved.has_branch ? result.sum_BTC : x).detach();
  }
  if (!at::GradMode::is_enabled()) return result;
  attach(std::make_shared<ResidualNormNode>(std::move(saved)),
         {x, branch, bias.leaf, norm.weight.leaf, norm.bias.leaf},
         {result.sum_BTC, result.normal_BTC});
  return result;
}

}  // namespace lockstep::cuda
