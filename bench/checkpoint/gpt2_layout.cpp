// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/gpt2_layout.h"

#include <vector>

#include "base/error.h"
#include "config/presets.h"

namespace lockstep::bench {
namespace {

constexpr std::int64_t kByteTokens = 256;  // of `tiny`, which takes its tokenizer's vocabulary

void add_norm(std::vector<TensorSpec>& specs, const std::string& name, std::int64_t width) {
  specs.push_back({name + ".weight", {width}});
  specs.push_back({name + ".bias", {width}});
}

void add_linear(std::vector<TensorSpec>& specs, const std::string& name, std::int64_t in,
                std::int64_t out) {
  specs.push_back({name + ".weight", {out, in}});
  specs.push_back({name + ".bias", {out}});
}

}  // namespace

ModelConfig model_of(const std::string& name, std::int64_t block_size) {
  const ModelSize* const size = find_model(name);
  if (size == nullptr)
    throw Error(ErrorKind::usage,
                "the model is '" + name + "'; it must be " + model_instead_of(name));
  ModelConfig config = size->config;
  if (config.vocab_size == 0) config.vocab_size = kByteTokens;
  config.block_size = block_size;
  return config;
}

FlatLayout gpt2_layout(const ModelConfig& config) {
  const std::int64_t width = config.n_embd;
  std::vector<TensorSpec> specs = {{"transformer.wte.weight", {config.vocab_size, width}},
                                   {"transformer.wpe.weight", {config.block_size, width}}};
  for (std::int64_t layer = 0; layer < config.n_layer; ++layer) {
    const std::string block = "transformer.h." + std::to_string(layer);
    add_norm(specs, block + ".ln_1", width);
    add_linear(specs, block + ".attn.c_attn", width, 3 * width);
    add_linear(specs, block + ".attn.c_proj", width, width);
    add_norm(specs, block + ".ln_2", width);
    add_linear(specs, block + ".mlp.c_fc", width, 4 * width);
    add_linear(specs, block + ".mlp.c_proj", 4 * width, width);
  }
  add_norm(specs, "transformer.ln_f", width);
  return FlatLayout(specs);
}

}  // namespace lockstep::bench
