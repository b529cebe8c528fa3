// SPDX-License-Identifier: Apache-2.0
#include "model/ops/layer_norm.h"

#include <ATen/ATen.h>
#include <ATen/Dispatch.h>
#include <ATen/core/grad_mode.h>
#include <torch/csrc/autograd/function.h>

#include <algorithm>
#include <optional>
#include <tuple>
#include <utility>

#include "device/parallel_for.h"
#include "model/node.h"

namespace lockstep {
namespace {

using torch::autograd::variable_list;

constexpr std::int64_t kRowsPerBlock = 32;

// What LibTorch's operations take for "none".
std::optional<at::Tensor> if_any(const at::Tensor& tensor) {
  return tensor.defined() ? std::optional(tensor) : std::nullopt;
}

// Adds the products of some rows to the gradients of weight and bias.
template <class Scalar>
void add_rows(const Scalar* upstream, const Scalar* x, const Scalar* mean, const Scalar* rstd,
              std::int64_t rows, std::int64_t C, Scalar* grad_weight, Scalar* grad_bias) {
  for (std::int64_t row = 0; row < rows; ++row) {
    const Scalar center = mean[row];
    const Scalar scale = rstd[row];
    for (std::int64_t c = 0; c < C; ++c) {
      grad_weight[c] += upstream[c] * ((x[c] - center) * scale);
      grad_bias[c] += upstream[c];
    }
    upstream += C;
    x += C;
  }
}

// Of weight and bias; the latter may be undefined.
template <class Scalar>
void sum_over_rows(const at::Tensor& upstream_NC, const at::Tensor& x_NC, const at::Tensor& mean_N,
                   const at::Tensor& rstd_N, const at::Tensor& grad_weight_C,
                   const at::Tensor& grad_bias_C) {
  const std::int64_t N = x_NC.size(0);
  const std::int64_t C = x_NC.size(1);
  const std::int64_t blocks = (N + kRowsPerBlock - 1) / kRowsPerBlock;
  at::Tensor parts_B2C = at::zeros({blocks, 2, C}, x_NC.options());
  auto* const parts = parts_B2C.data_ptr<Scalar>();
  const auto* const upstream = upstream_NC.const_data_ptr<Scalar>();
  const auto* const x = x_NC.const_data_ptr<Scalar>();
  const auto* const mean = mean_N.const_data_ptr<Scalar>();
  const auto* const rstd = rstd_N.const_data_ptr<Scalar>();
  parallel_for(0, blocks, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t block = begin; block < end; ++block) {
      const std::int64_t first = block * kRowsPerBlock;
      Scalar* const part = parts + block * 2 * C;
      add_rows(upstream + first * C, x + first * C, mean + first, rstd + first,
               std::min(kRowsPerBlock, N - first), C, part, part + C);
    }
  });
  const auto join = [&](const at::Tensor& sums_C, std::int64_t which) {
    if (!sums_C.defined()) return;
    sums_C.zero_();
    auto* const sums = sums_C.data_ptr<Scalar>();
    for (std::int64_t block = 0; block < blocks; ++block)
      for (std::int64_t c = 0; c < C; ++c) sums[c] += parts[(block * 2 + which) * C + c];
  };
  join(grad_weight_C, 0);
  join(grad_bias_C, 1);
}

class LayerNormBackward : public torch::autograd::Node {
 public:
  LayerNormBackward(at::Tensor x, at::Tensor mean, at::Tensor rstd, LayerNorm norm)
      : x_(std::move(x)), mean_(std::move(mean)), rstd_(std::move(rstd)), norm_(std::move(norm)) {}

  variable_list apply(variable_list&& upstreams) override {
    const at::Tensor& weight_C = norm_.weight.leaf;
    const std::int64_t C = weight_C.size(0);
    const at::Tensor upstream = upstreams[0].contiguous();
    at::Tensor grad_x = std::get<0>(
        at::native_layer_norm_backward(upstream, x_, weight_C.sizes(), mean_, rstd_, weight_C,
                                       if_any(norm_.bias.leaf), {true, false, false}));
    const at::Tensor grad_bias_C = norm_.bias.leaf.defined() ? *norm_.bias.gradient : at::Tensor();
    AT_DISPATCH_FLOATING_TYPES(x_.scalar_type(), "layer_norm", [&] {
      sum_over_rows<scalar_t>(upstream.view({-1, C}), x_.view({-1, C}), mean_.flatten(),
                              rstd_.flatten(), *norm_.weight.gradient, grad_bias_C);
    });
    return {grad_x, {}, {}};
  }

  void release_variables() override {
    x_.reset();
    mean_.reset();
    rstd_.reset();
  }

 private:
  at::Tensor x_, mean_, rstd_;
  LayerNorm norm_;
};

}  // namespace

at::Tensor layer_norm(const at::Tensor& x, const LayerNorm& norm) {
  const at::Tensor rows = x.contiguous();
  at::Tensor result, mean, rstd;
  {
    const at::NoGradGuard no_grad;
    std::tie(result, mean, rstd) = at::native_layer_norm(
        rows, norm.weight.leaf.sizes(), norm.weight.leaf, if_any(norm.bias.leaf), kLayerNormEps);
  }
  if (!at::GradMode::is_enabled()) return result;
  attach(std::make_shared<LayerNormBackward>(rows.detach(), mean, rstd, norm),
         {rows, norm.weight.leaf, norm.bias.leaf}, {result});
  return result;
}

}  // namespace lockstep
