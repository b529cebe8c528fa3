// SPDX-License-Identifier: Apache-2.0
// What a GPT is computed with: the operations between two of which a device has something to fuse.
// All that have parameters leave the gradients of these where they belong, in float32, in place of
// what was there. The CPU's are LibTorch's otherwise, but where the sums of those depend on the
// number of threads.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <string>

#include "model/parameters.h"

namespace lockstep {

struct Linear {
  Parameter weight, bias;  // [out, in], [out]
};

struct LayerNorm {
  Parameter weight, bias;  // [C]
};

// The residual stream after a sublayer, and as the next sublayer takes it.
struct Residual {
  at::Tensor sum_BTC, normal_BTC;
};

inline constexpr double kLayerNormEps = 1e-5;

// Those of a forward pass. Shapes: B sequences, T tokens, C wide, N = B x T. `dropout` 0: nothing
// is dropped.
class Operations {
 public:
  virtual ~Operations() = default;

  // dropout(token_weight[ids] + position_weight): [B, T, C].
  virtual at::Tensor embedding(const at::Tensor& ids_BT, const Parameter& token_weight,
                               const Parameter& position_weight, double dropout) = 0;
  virtual at::Tensor layer_norm(const at::Tensor& x_BTC, const LayerNorm& norm) = 0;
  virtual at::Tensor gelu_of_linear(const at::Tensor& x_BTC, const Linear& linear,
                                    GeluKind kind) = 0;
  // Causal self-attention over `heads` heads of the queries, keys and values, [B, T, 3C], that
  // `linear` makes of x: [B, T, C].
  virtual at::Tensor attention(const at::Tensor& x_BTC, const Linear& linear, std::int64_t heads,
                               double dropout) = 0;
  // x + dropout(linear(branch)), and its norm.
  virtual Residual add_linear(const at::Tensor& x_BTC, const at::Tensor& branch,
                              const Linear& linear, const LayerNorm& norm, double dropout) = 0;
};

// And those that a training needs besides.
class TrainingOperations : public Operations {
 public:
  // Makes the random numbers of what follows those of `key`.
  virtual void key_dropout(std::uint64_t key) = 0;
  // The cross-entropy of `targets_N` under softmax(hidden_NC x weight^T), summed, / `divisor`: a
  // float64 scalar. It is where a backward pass begins: with an upstream gradient of 1.
  virtual at::Tensor cross_entropy(const at::Tensor& hidden_NC, const Parameter& weight,
                                   const at::Tensor& targets_N, double divisor) = 0;

  // What is started on the thread's stream from now on finds the gradients of parameters that a
  // backward pass has come to so far. On a CPU they are there.
  virtual void await_gradients() = 0;
};

std::unique_ptr<TrainingOperations> make_cpu_operations();
// Throws Error(usage) in a build without CUDA, or for a width that the kernels do not know.
std::unique_ptr<TrainingOperations> make_cuda_operations(const Placement& placement,
                                                         std::int64_t width);

// What computes the attention of whole contexts there: "cudnn", "flash" or "memory-efficient".
std::string cuda_attention_name(const Placement& placement, const ModelConfig& config);

}  // namespace lockstep
