// SPDX-License-Identifier: Apache-2.0
// GPT-2: pre-norm blocks, learned positions, GELU, head tied to the token embedding.
// Reads like the paper (Radford et al. 2019). Knows nothing of ranks, optimizers or files.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "config/run_config.h"
#include "model/operations.h"
#include "model/parameters.h"
#include "tensors/chunks.h"

namespace lockstep {

enum class Mode { training, evaluation };  // dropout is active in training only

// Shapes: B sequences, T tokens (at most block_size), C = n_embd, V = vocab_size.
class Gpt {
 public:
  // In host memory, all parameters 0.
  explicit Gpt(const ModelConfig& config);

  // Computes on a GPU from now on, with the same parameters. Throws Error(usage) where that cannot
  // be done.
  void move_to_gpu(const Placement& placement);

  const ModelConfig& config() const { return config_; }
  Parameters& parameters() { return parameters_; }
  const Parameters& parameters() const { return parameters_; }

  // The flat space of the parameters, cut into what a forward pass comes to one after the other:
  // the embeddings, then some blocks at a time, the last with all that follows.
  const std::vector<ElementRange>& parts() const { return parts_; }
  // For who changes parameters while a forward pass begins: from now on it calls `await` before it
  // starts what uses a part, in their order. Empty: no longer.
  void on_part_needed(std::function<void(std::size_t part)> await) { await_ = std::move(await); }

  // Makes the random numbers of the losses that follow (dropout) those of one lane of one step,
  // whoever computes it.
  void key_dropout(std::uint64_t seed, std::int64_t step, std::int64_t lane) const;

  // The cross-entropy of every target given its past, summed over B x T, / `divisor`: a float64
  // scalar with a graph, where backward passes begin.
  at::Tensor loss(const at::Tensor& inputs_BT, const at::Tensor& targets_BT, Mode mode,
                  double divisor) const;
  // Within a backward pass, for who hears of its progress: TrainingOperations::await_gradients().
  void await_gradients() const { operations_->await_gradients(); }
  at::Tensor loss_sum(const at::Tensor& inputs_BT, const at::Tensor& targets_BT, Mode mode) const {
    return loss(inputs_BT, targets_BT, mode, 1.0);
  }

  // The logits of what follows the last of the tokens, [B, V], computed with `operations` instead
  // of its own (Decoder's remember the tokens before). In evaluation; without a graph.
  at::Tensor next_logits(const at::Tensor& inputs_BT, Operations& operations) const;

 private:
  struct Block {
    LayerNorm ln_1, ln_2;
    Linear c_attn, attn_c_proj, c_fc, mlp_c_proj;
  };

  void find_parameters();
  LayerNorm layer_norm_named(const std::string& name) const;
  Linear linear_named(const std::string& name) const;
  Parameter bias_named(const std::string& name) const;

  void cut_into_parts();
  void await_block(std::size_t block) const;
  // [B, T, C]
  at::Tensor final_hidden(const at::Tensor& inputs_BT, Mode mode, Operations& ops) const;

  ModelConfig config_;
  Parameters parameters_;
  std::vector<ElementRange> parts_;
  std::function<void(std::size_t part)> await_;
  std::unique_ptr<TrainingOperations> operations_;
  Parameter wte_, wpe_;
  std::vector<Block> blocks_;
  LayerNorm ln_f_;
};

}  // namespace lockstep
