// SPDX-License-Identifier: Apache-2.0
#include <ATen/ATen.h>

#include "model/attention.h"
#include "model/operations.h"
#include "model/ops/dropout.h"
#include "model/ops/dropout_attention.h"
#include "model/ops/embedding.h"
#include "model/ops/gelu.h"
#include "model/ops/layer_norm.h"
#include "model/ops/linear.h"
#include "model/ops/linear_cross_entropy.h"

namespace lockstep {
namespace {

class CpuOperations : public TrainingOperations {
 public:
  void key_dropout(std::uint64_t key) override {
    key_ = key;
    sites_ = 0;
  }

  at::Tensor embedding(const at::Tensor& ids_BT, const Parameter& token_weight,
                       const Parameter& position_weight, double dropout) override {
    const at::Tensor x_BTC = lockstep::embedding(ids_BT, token_weight, position_weight);
    return dropout == 0.0 ? x_BTC : add_dropped({}, x_BTC, next(dropout));
  }

  at::Tensor layer_norm(const at::Tensor& x_BTC, const LayerNorm& norm) override {
    return lockstep::layer_norm(x_BTC, norm);
  }

  at::Tensor gelu_of_linear(const at::Tensor& x_BTC, const Linear& linear, GeluKind kind) override {
    return lockstep::gelu(lockstep::linear(x_BTC, linear), kind);
  }

  at::Tensor attention(const at::Tensor& x_BTC, const Linear& linear, std::int64_t heads,
                       double dropout) override {
    const at::Tensor qkv = lockstep::linear(x_BTC, linear);
    return dropout == 0.0 ? causal_attention(qkv, heads, dropout)
                          : dropout_attention(qkv, heads, next(dropout));
  }

  Residual add_linear(const at::Tensor& x_BTC, const at::Tensor& branch, const Linear& linear,
                      const LayerNorm& norm, double dropout) override {
    const at::Tensor y_BTC = lockstep::linear(branch, linear);
    const at::Tensor sum_BTC =
        dropout == 0.0 ? x_BTC + y_BTC : add_dropped(x_BTC, y_BTC, next(dropout));
    return {.sum_BTC = sum_BTC, .normal_BTC = layer_norm(sum_BTC, norm)};
  }

  at::Tensor cross_entropy(const at::Tensor& hidden_NC, const Parameter& weight,
                           const at::Tensor& targets_N, double divisor) override {
    return linear_cross_entropy(hidden_NC, weight, targets_N, divisor);
  }

  void await_gradients() override {}

 private:
  Dropout next(double probability) {
    return {.probability = probability, .key = key_, .site = sites_++};
  }

  std::uint64_t key_ = 0;
  std::uint32_t sites_ = 0;  // dropouts of the pass so far
};

}  // namespace

std::unique_ptr<TrainingOperations> make_cpu_operations() {
  return std::make_unique<CpuOperations>();
}

}  // namespace lockstep
