// SPDX-License-Identifier: Apache-2.0
#include "model/gpt.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include "base/random.h"

namespace lockstep {

namespace {

// Enough to hide behind the blocks before; each part that is waited for costs a moment.
constexpr std::size_t kBlocksOfPart = 3;

std::string name_of_block(std::int64_t layer) { return "transformer.h." + std::to_string(layer); }

}  // namespace

Gpt::Gpt(const ModelConfig& config)
    : config_(config), parameters_(parameter_layout(config)), operations_(make_cpu_operations()) {
  find_parameters();
  cut_into_parts();
}

void Gpt::move_to_gpu(const Placement& placement) {
  operations_ = make_cuda_operations(placement, config_.n_embd);
  parameters_.move_to_gpu(placement);
  find_parameters();
}

void Gpt::find_parameters() {
  wte_ = parameters_.parameter("transformer.wte.weight");
  wpe_ = parameters_.parameter("transformer.wpe.weight");
  ln_f_ = layer_norm_named("transformer.ln_f");
  blocks_.clear();
  for (std::int64_t layer = 0; layer < config_.n_layer; ++layer) {
    const std::string block = name_of_block(layer);
    blocks_.push_back({.ln_1 = layer_norm_named(block + ".ln_1"),
                       .ln_2 = layer_norm_named(block + ".ln_2"),
                       .c_attn = linear_named(block + ".attn.c_attn"),
                       .attn_c_proj = linear_named(block + ".attn.c_proj"),
                       .c_fc = linear_named(block + ".mlp.c_fc"),
                       .mlp_c_proj = linear_named(block + ".mlp.c_proj")});
  }
}

void Gpt::cut_into_parts() {
  const FlatLayout& layout = parameters_.layout();
  std::int64_t first = 0;
  for (std::int64_t layer = 0; layer < config_.n_layer;
       layer += static_cast<std::int64_t>(kBlocksOfPart)) {
    const std::int64_t next = layout.find(name_of_block(layer) + ".ln_1.weight")->offset;
    parts_.push_back({first, next});
    first = next;
  }
  parts_.push_back({first, layout.elements()});
}

// Part 0 is that of the embeddings.
void Gpt::await_block(std::size_t block) const {
  if (await_ && block % kBlocksOfPart == 0 && block < blocks_.size())
    await_(1 + block / kBlocksOfPart);
}

LayerNorm Gpt::layer_norm_named(const std::string& name) const {
  return {.weight = parameters_.parameter(name + ".weight"), .bias = bias_named(name)};
}

Linear Gpt::linear_named(const std::string& name) const {
  return {.weight = parameters_.parameter(name + ".weight"), .bias = bias_named(name)};
}

Parameter Gpt::bias_named(const std::string& name) const {
  return config_.bias ? parameters_.parameter(name + ".bias") : Parameter();
}

void Gpt::key_dropout(std::uint64_t seed, std::int64_t step, std::int64_t lane) const {
  operations_->key_dropout(random_bits(seed, RandomPurpose::dropout,
                                       static_cast<std::uint64_t>(step),
                                       static_cast<std::uint64_t>(lane)));
}

at::Tensor Gpt::loss(const at::Tensor& inputs_BT, const at::Tensor& targets_BT, Mode mode,
                     double divisor) const {
  const at::Tensor hidden_BTC = final_hidden(inputs_BT, mode, *operations_);
  return operations_->cross_entropy(hidden_BTC.flatten(0, 1), wte_, targets_BT.flatten(), divisor);
}

at::Tensor Gpt::next_logits(const at::Tensor& inputs_BT, Operations& operations) const {
  const at::NoGradGuard no_graph;
  const at::Tensor hidden_BTC = final_hidden(inputs_BT, Mode::evaluation, operations);
  return at::linear(hidden_BTC.select(1, -1), wte_.leaf);
}

// The norm before each sublayer is computed with the sum that it is the norm of: at the end of the
// sublayer before.
at::Tensor Gpt::final_hidden(const at::Tensor& inputs_BT, Mode mode, Operations& ops) const {
  const double dropout = mode == Mode::training ? config_.dropout : 0.0;
  if (await_) await_(0);
  Residual x{.sum_BTC = ops.embedding(inputs_BT, wte_, wpe_, dropout), .normal_BTC = {}};
  await_block(0);
  x.normal_BTC = ops.layer_norm(x.sum_BTC, blocks_.front().ln_1);
  for (std::size_t i = 0; i < blocks_.size(); ++i) {
    const Block& block = blocks_[i];
    const LayerNorm& next_norm = i + 1 < blocks_.size() ? blocks_[i + 1].ln_1 : ln_f_;
    const at::Tensor mixed_BTC = ops.attention(x.normal_BTC, block.c_attn, config_.n_head, dropout);
    x = ops.add_linear(x.sum_BTC, mixed_BTC, block.attn_c_proj, block.ln_2, dropout);
    const at::Tensor wide = ops.gelu_of_linear(x.normal_BTC, block.c_fc, config_.gelu);
    await_block(i + 1);  // for its norm
    x = ops.add_linear(x.sum_BTC, wide, block.mlp_c_proj, next_norm, dropout);
  }
  return x.normal_BTC;
}

}  // namespace lockstep
