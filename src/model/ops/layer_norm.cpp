// SPDX-License-Identifier: Apache-2.0
#include "model/ops/layer_norm.h"

#include <ATen/ATen.h>
#include <ATen/Dispatch.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "device/parallel_for.h"

namespace lockstep {
namespace {

using torch::autograd::AutogradContext;
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

// The gradients of weight and bias, [2, C].
template <class Scalar>
void sum_over_rows(const at::Tensor& upstream_NC, const at::Tensor& x_NC, const at::Tensor& mean_N,
                   const at::Tensor& rstd_N, at::Tensor& sums_2C) {
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
  auto* const sums = sums_2C.data_ptr<Scalar>();
  for (std::int64_t block = 0; block < blocks; ++block)
    for (std::int64_t i = 0; i < 2 * C; ++i) sums[i] += parts[block * 2 * C + i];
}

class LayerNormFunction : public torch::autograd::Function<LayerNormFunction> {
 public:
  static at::Tensor forward(AutogradContext* context, const at::Tensor& x,
                            const at::Tensor& weight_C, const std::optional<at::Tensor>& bias_C,
                            double eps) {
    const at::Tensor rows = x.contiguous();
    auto [result, mean, rstd] =
        at::native_layer_norm(rows, weight_C.sizes(), weight_C, bias_C, eps);
    context->save_for_backward({rows, mean, rstd, weight_C, bias_C.value_or(at::Tensor())});
    return result;
  }

  static variable_list backward(AutogradContext* context, const variable_list& upstreams) {
    const variable_list saved = context->get_saved_variables();
    const at::Tensor& x = saved[0];
    const at::Tensor& weight_C = saved[3];
    const at::Tensor& bias_C = saved[4];
    const std::int64_t C = weight_C.size(0);
    const at::Tensor upstream = upstreams[0].contiguous();
    at::Tensor grad_x = std::get<0>(
        at::native_layer_norm_backward(upstream, x, weight_C.sizes(), saved[1], saved[2], weight_C,
                                       if_any(bias_C), {true, false, false}));
    at::Tensor sums_2C = at::zeros({2, C}, x.options());
    AT_DISPATCH_FLOATING_TYPES(x.scalar_type(), "layer_norm", [&] {
      sum_over_rows<scalar_t>(upstream.view({-1, C}), x.view({-1, C}), saved[1].flatten(),
                              saved[2].flatten(), sums_2C);
    });
    return {grad_x, sums_2C[0], bias_C.defined() ? sums_2C[1] : at::Tensor(), at::Tensor()};
  }
};

}  // namespace

at::Tensor layer_norm(const at::Tensor& x, const at::Tensor& weight_C, const at::Tensor& bias_C,
                      double eps) {
  return LayerNormFunction::apply(x, weight_C, if_any(bias_C), eps);
}

}  // namespace lockstep
