// SPDX-License-Identifier: Apache-2.0
#include "model/gpt.h"

#include <ATen/ATen.h>
#include <ATen/Context.h>

#include <mutex>

#include "base/random.h"
#include "model/ops/layer_norm.h"
#include "model/ops/linear_cross_entropy.h"

namespace lockstep {
namespace {

constexpr double kLayerNormEps = 1e-5;

}  // namespace

Gpt::Gpt(const ModelConfig& config)
    : config_(config),
      parameters_(parameter_layout(config)),
      wte_(parameters_.get("transformer.wte.weight")),
      wpe_(parameters_.get("transformer.wpe.weight")),
      ln_f_(layer_norm_named("transformer.ln_f")) {
  for (std::int64_t layer = 0; layer < config.n_layer; ++layer) {
    const std::string block = "transformer.h." + std::to_string(layer);
    blocks_.push_back({.ln_1 = layer_norm_named(block + ".ln_1"),
                       .ln_2 = layer_norm_named(block + ".ln_2"),
                       .c_attn = linear_named(block + ".attn.c_attn"),
                       .attn_c_proj = linear_named(block + ".attn.c_proj"),
                       .c_fc = linear_named(block + ".mlp.c_fc"),
                       .mlp_c_proj = linear_named(block + ".mlp.c_proj")});
  }
}

Gpt::LayerNorm Gpt::layer_norm_named(const std::string& name) const {
  return {.weight = parameters_.get(name + ".weight"), .bias = bias_named(name)};
}

Gpt::Linear Gpt::linear_named(const std::string& name) const {
  return {.weight = parameters_.get(name + ".weight"), .bias = bias_named(name)};
}

at::Tensor Gpt::bias_named(const std::string& name) const {
  return config_.bias ? parameters_.get(name + ".bias") : at::Tensor();
}

at::Tensor Gpt::loss_sum(const at::Tensor& inputs_BT, const at::Tensor& targets_BT,
                         Mode mode) const {
  const at::Tensor hidden_BTC = final_hidden(inputs_BT, mode);
  return linear_cross_entropy_sum(hidden_BTC.flatten(0, 1), wte_, targets_BT.flatten());
}

at::Tensor Gpt::final_hidden(const at::Tensor& inputs_BT, Mode mode) const {
  const at::Tensor positions_T = at::arange(inputs_BT.size(1), at::kLong);
  at::Tensor x_BTC =
      dropped(at::embedding(wte_, inputs_BT) + at::embedding(wpe_, positions_T), mode);
  for (const Block& block : blocks_) {
    x_BTC = x_BTC + attention(block, normalized(block.ln_1, x_BTC), mode);
    x_BTC = x_BTC + mlp(block, normalized(block.ln_2, x_BTC), mode);
  }
  return normalized(ln_f_, x_BTC);
}

at::Tensor Gpt::attention(const Block& block, const at::Tensor& x_BTC, Mode mode) const {
  const std::int64_t B = x_BTC.size(0);
  const std::int64_t T = x_BTC.size(1);
  const std::int64_t C = x_BTC.size(2);
  const auto heads = [&](const at::Tensor& part_BTC) {  // [B, heads, T, C / heads]
    return part_BTC.view({B, T, config_.n_head, C / config_.n_head}).transpose(1, 2);
  };
  const std::vector<at::Tensor> qkv =
      at::linear(x_BTC, block.c_attn.weight, block.c_attn.bias).split(C, 2);
  const double dropout = mode == Mode::training ? config_.dropout : 0.0;
  const at::Tensor mixed = at::scaled_dot_product_attention(
      heads(qkv[0]), heads(qkv[1]), heads(qkv[2]), /*attn_mask=*/{}, dropout, /*is_causal=*/true);
  const at::Tensor joined_BTC = mixed.transpose(1, 2).reshape({B, T, C});
  return dropped(at::linear(joined_BTC, block.attn_c_proj.weight, block.attn_c_proj.bias), mode);
}

at::Tensor Gpt::mlp(const Block& block, const at::Tensor& x_BTC, Mode mode) const {
  const at::Tensor wide = at::gelu(at::linear(x_BTC, block.c_fc.weight, block.c_fc.bias));
  return dropped(at::linear(wide, block.mlp_c_proj.weight, block.mlp_c_proj.bias), mode);
}

at::Tensor Gpt::normalized(const LayerNorm& norm, const at::Tensor& x_BTC) const {
  return layer_norm(x_BTC, norm.weight, norm.bias, kLayerNormEps);
}

at::Tensor Gpt::dropped(const at::Tensor& x, Mode mode) const {
  if (mode == Mode::evaluation || config_.dropout == 0.0) return x;
  return at::dropout(x, config_.dropout, /*train=*/true);
}

void key_dropout(std::uint64_t seed, std::int64_t step, std::int64_t lane) {
  at::Generator generator = at::globalContext().defaultGenerator(at::kCPU);
  const std::lock_guard lock(generator.mutex());
  generator.set_current_seed(random_bits(seed, RandomPurpose::dropout,
                                         static_cast<std::uint64_t>(step),
                                         static_cast<std::uint64_t>(lane)));
}

}  // namespace lockstep
