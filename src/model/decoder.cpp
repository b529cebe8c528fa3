// SPDX-License-Identifier: Apache-2.0
#include "model/decoder.h"

#include <ATen/ATen.h>

#include <cassert>
#include <optional>
#include <vector>

#include "model/attention.h"
#include "model/operations.h"

namespace lockstep {

// The operations of the CPU, but that a token comes after those read before, and looks back at
// them.
class Decoder::Memory : public Operations {
 public:
  explicit Memory(const ModelConfig& config)
      : context_(config.block_size), operations_(make_cpu_operations()) {
    const std::vector<std::int64_t> shape = {1, config.n_head, context_,
                                             config.n_embd / config.n_head};
    for (std::int64_t layer = 0; layer < config.n_layer; ++layer)
      layers_.push_back({at::empty(shape, at::kFloat), at::empty(shape, at::kFloat)});
  }

  std::int64_t room() const { return context_ - read_; }
  void forget() { read_ = 0; }
  // What the last pass has gone over is read from now on.
  void keep(std::int64_t tokens) { read_ += tokens; }

  at::Tensor embedding(const at::Tensor& ids_BT, const Parameter& token_weight,
                       const Parameter& position_weight, double /*dropout*/) override {
    layer_ = 0;
    const at::Tensor positions_T = at::arange(read_, read_ + ids_BT.size(1), at::kLong);
    return at::embedding(token_weight.leaf, ids_BT) +
           at::embedding(position_weight.leaf, positions_T);
  }

  at::Tensor layer_norm(const at::Tensor& x_BTC, const LayerNorm& norm) override {
    return operations_->layer_norm(x_BTC, norm);
  }

  at::Tensor gelu_of_linear(const at::Tensor& x_BTC, const Linear& linear, GeluKind kind) override {
    return operations_->gelu_of_linear(x_BTC, linear, kind);
  }

  at::Tensor attention(const at::Tensor& x_BTC, const Linear& linear, std::int64_t heads,
                       double /*dropout*/) override {
    const at::Tensor qkv = at::linear(x_BTC, linear.weight.leaf, linear.bias.leaf);
    const std::vector<at::Tensor> parts = qkv.split(qkv.size(2) / 3, 2);
    const std::int64_t tokens = qkv.size(1);
    const std::int64_t known = read_ + tokens;
    const Layer& layer = layers_.at(layer_++);
    layer.keys.narrow(2, read_, tokens).copy_(by_head(parts[1], heads));
    layer.values.narrow(2, read_, tokens).copy_(by_head(parts[2], heads));
    // A single token looks back at all; of several, each at those up to itself.
    std::optional<at::Tensor> mask;
    if (tokens > 1) mask = at::ones({tokens, known}, at::kBool).tril(read_);
    return joined_heads(at::scaled_dot_product_attention(by_head(parts[0], heads),
                                                         layer.keys.narrow(2, 0, known),
                                                         layer.values.narrow(2, 0, known), mask));
  }

  Residual add_linear(const at::Tensor& x_BTC, const at::Tensor& branch, const Linear& linear,
                      const LayerNorm& norm, double dropout) override {
    return operations_->add_linear(x_BTC, branch, linear, norm, dropout);
  }

 private:
  struct Layer {
    at::Tensor keys, values;  // [1, heads, context, C / heads], of which `read_` tokens are known
  };

  const std::int64_t context_;
  std::unique_ptr<Operations> operations_;
  std::vector<Layer> layers_;
  std::int64_t read_ = 0;
  std::size_t layer_ = 0;  // the next that a pass comes to
};

Decoder::Decoder(const Gpt& model)
    : model_(model), memory_(std::make_unique<Memory>(model.config())) {}

Decoder::~Decoder() = default;

std::int64_t Decoder::room() const { return memory_->room(); }

void Decoder::forget() { memory_->forget(); }

at::Tensor Decoder::read(const at::Tensor& ids_T) {
  assert(ids_T.numel() >= 1 && ids_T.numel() <= room());
  at::Tensor logits_V = model_.next_logits(ids_T.unsqueeze(0), *memory_).squeeze(0);
  memory_->keep(ids_T.numel());
  return logits_V;
}

}  // namespace lockstep
