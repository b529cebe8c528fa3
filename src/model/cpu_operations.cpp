// SPDX-License-Identifier: Apache-2.0
#include <ATen/ATen.h>
#include <ATen/Context.h>

#include <mutex>

#include "model/attention.h"
#include "model/operations.h"
#include "model/ops/layer_norm.h"
#include "model/ops/linear_cross_entropy.h"

namespace lockstep {
namespace {

at::Tensor dropped(const at::Tensor& x, double dropout) {
  return dropout == 0.0 ? x : at::dropout(x, dropout, /*train=*/true);
}

class CpuOperations : public TrainingOperations {
 public:
  void key_dropout(std::uint64_t key) override {
    at::Generator generator = at::globalContext().defaultGenerator(at::kCPU);
    const std::lock_guard lock(generator.mutex());
    generator.set_current_seed(key);
  }

  at::Tensor embedding(const at::Tensor& ids_BT, const Parameter& token_weight,
                       const Parameter& position_weight, double dropout) override {
    const at::Tensor positions_T = at::arange(ids_BT.size(1), at::kLong);
    return dropped(
        at::embedding(token_weight.leaf, ids_BT) + at::embedding(position_weight.leaf, positions_T),
        dropout);
  }

  at::Tensor layer_norm(const at::Tensor& x_BTC, const LayerNorm& norm) override {
    return lockstep::layer_norm(x_BTC, norm.weight.leaf, norm.bias.leaf, kLayerNormEps);
  }

  at::Tensor gelu_of_linear(const at::Tensor& x_BTC, const Linear& linear, GeluKind kind) override {
    return at::gelu(at::linear(x_BTC, linear.weight.leaf, linear.bias.leaf),
                    kind == GeluKind::tanh ? "tanh" : "none");
  }

  at::Tensor attention(const at::Tensor& x_BTC, const Linear& linear, std::int64_t heads,
                       double dropout) override {
    return causal_attention(at::linear(x_BTC, linear.weight.leaf, linear.bias.leaf), heads,
                            dropout);
  }

  Residual add_linear(const at::Tensor& x_BTC, const at::Tensor& branch, const Linear& linear,
                      const LayerNorm& norm, double dropout) override {
    const at::Tensor sum_BTC =
        x_BTC + dropped(at::linear(branch, linear.weight.leaf, linear.bias.leaf), dropout);
    return {.sum_BTC = sum_BTC, .normal_BTC = layer_norm(sum_BTC, norm)};
  }

  at::Tensor cross_entropy(const at::Tensor& hidden_NC, const Parameter& weight,
                           const at::Tensor& targets_N, double divisor) override {
    return linear_cross_entropy_sum(hidden_NC, weight.leaf, targets_N) / divisor;
  }

  void await_gradients() override {}
};

}  // namespace

std::unique_ptr<TrainingOperations> make_cpu_operations() {
  return std::make_unique<CpuOperations>();
}

}  // namespace lockstep
