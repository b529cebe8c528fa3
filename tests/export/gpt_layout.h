// SPDX-License-Identifier: Apache-2.0
// The parameters of a whole GPT, as the trainer lays them out, without LibTorch.
#pragma once

#include <string>
#include <vector>

#include "config/run_config.h"
#include "tensors/flat_layout.h"

namespace lockstep::test {

inline const ModelConfig kSmallGpt = {.name = "small",
                                      .vocab_size = 10,
                                      .n_layer = 2,
                                      .n_head = 2,
                                      .n_embd = 6,
                                      .block_size = 4,
                                      .dropout = 0.1,
                                      .bias = true};

inline std::vector<TensorSpec> gpt_specs(const ModelConfig& model) {
  const std::int64_t C = model.n_embd;
  std::vector<TensorSpec> specs = {{"transformer.wte.weight", {model.vocab_size, C}},
                                   {"transformer.wpe.weight", {model.block_size, C}}};
  const auto add = [&](const std::string& name, const Shape& weight) {
    specs.push_back({name + ".weight", weight});
    if (model.bias) specs.push_back({name + ".bias", {weight[0]}});
  };
  for (std::int64_t layer = 0; layer < model.n_layer; ++layer) {
    const std::string block = "transformer.h." + std::to_string(layer) + ".";
    add(block + "ln_1", {C});
    add(block + "attn.c_attn", {3 * C, C});
    add(block + "attn.c_proj", {C, C});
    add(block + "ln_2", {C});
    add(block + "mlp.c_fc", {4 * C, C});
    add(block + "mlp.c_proj", {C, 4 * C});
  }
  add("transformer.ln_f", {C});
  return specs;
}

}  // namespace lockstep::test
