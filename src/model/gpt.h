// SPDX-License-Identifier: Apache-2.0
// GPT-2: pre-norm blocks, learned positions, exact (erf) GELU, head tied to the token embedding.
// Reads like the paper (Radford et al. 2019). Knows nothing of ranks, optimizers or files.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "config/run_config.h"
#include "model/parameters.h"

namespace lockstep {

enum class Mode { training, evaluation };  // dropout is active in training only

// Shapes: B sequences, T tokens (at most block_size), C = n_embd, V = vocab_size.
class Gpt {
 public:
  explicit Gpt(const ModelConfig& config);

  const ModelConfig& config() const { return config_; }
  Parameters& parameters() { return parameters_; }

  // The cross-entropy of every target given its past, summed over B x T: a scalar with a graph.
  at::Tensor loss_sum(const at::Tensor& inputs_BT, const at::Tensor& targets_BT, Mode mode) const;

 private:
  struct LayerNorm {
    at::Tensor weight, bias;
  };
  struct Linear {
    at::Tensor weight, bias;
  };
  struct Block {
    LayerNorm ln_1, ln_2;
    Linear c_attn, attn_c_proj, c_fc, mlp_c_proj;
  };

  LayerNorm layer_norm_named(const std::string& name) const;
  Linear linear_named(const std::string& name) const;
  at::Tensor bias_named(const std::string& name) const;

  at::Tensor final_hidden(const at::Tensor& inputs_BT, Mode mode) const;  // [B, T, C]
  at::Tensor attention(const Block& block, const at::Tensor& x_BTC, Mode mode) const;
  at::Tensor mlp(const Block& block, const at::Tensor& x_BTC, Mode mode) const;
  at::Tensor normalized(const LayerNorm& norm, const at::Tensor& x_BTC) const;
  at::Tensor dropped(const at::Tensor& x, Mode mode) const;

  ModelConfig config_;
  Parameters parameters_;
  at::Tensor wte_, wpe_;
  std::vector<Block> blocks_;
  LayerNorm ln_f_;
};

// Makes the random numbers of the operations that follow (dropout) those of one lane of one step,
// whoever computes it.
void key_dropout(std::uint64_t seed, std::int64_t step, std::int64_t lane);

}  // namespace lockstep
