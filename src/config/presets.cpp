// SPDX-License-Identifier: Apache-2.0
#include "config/presets.h"

#include <algorithm>
#include <array>

#include "base/sentence.h"
#include "config/suggestion.h"

namespace lockstep {
namespace {

constexpr std::array kPresets = {
    Preset{.name = "quick",
           .batch_size = 2,
           .epochs = 1,
           .keep_last_n = 1,
           .purpose = "see that everything runs",
           .purpose_zh = "快速确认一切正常",
           .nickname = "fast"},
    Preset{.name = "standard",
           .purpose = "the default: a first usable model",
           .purpose_zh = "默认：得到第一个可用的模型",
           .nickname = "default"},
    Preset{.name = "extended",
           .batch_size = 8,
           .epochs = 10,
           .learning_rate = 5e-5,
           .keep_last_n = 5,
           .purpose = "a long run for a better model",
           .purpose_zh = "长时间训练，效果更好",
           .nickname = "long"},
    Preset{.name = "precision",
           .batch_size = 16,
           .epochs = 20,
           .learning_rate = 1e-5,
           .keep_last_n = 10,
           .purpose = "many small steps: the last bit of quality",
           .purpose_zh = "小步精调，追求最好的质量",
           .nickname = "precise"},
};

constexpr std::array<std::string_view, 5> kPresetSettings = {
    "train.batch_size", "train.epochs", "optim.learning_rate", "checkpoint.save_every_epoch",
    "checkpoint.keep_last_n"};

std::vector<ModelSize> make_model_sizes() {
  return {{{.name = "tiny",
            .vocab_size = 0,
            .n_layer = 2,
            .n_head = 2,
            .n_embd = 64,
            .block_size = 64,
            .dropout = 0.0},
           "seconds on a laptop; the tokenizer's vocabulary",
           "笔记本上几秒即可；词表取自分词器"},
          {{}, "the default", "默认"},
          {{.name = "gpt2-medium", .n_layer = 24, .n_head = 16, .n_embd = 1024, .block_size = 1024},
           "GPT-2 medium as published",
           "GPT-2 medium（与发布版一致）"},
          {{.name = "gpt2-large", .n_layer = 36, .n_head = 20, .n_embd = 1280, .block_size = 1024},
           "GPT-2 large as published",
           "GPT-2 large（与发布版一致）"},
          {{.name = "gpt2-xl", .n_layer = 48, .n_head = 25, .n_embd = 1600, .block_size = 1024},
           "GPT-2 XL as published",
           "GPT-2 XL（与发布版一致）"}};
}

std::vector<std::string_view> preset_names() {
  std::vector<std::string_view> names(kPresets.size());
  std::ranges::transform(kPresets, names.begin(), &Preset::name);
  return names;
}

std::vector<std::string_view> model_names() {
  std::vector<std::string_view> names;
  for (const ModelSize& size : model_sizes()) names.emplace_back(size.config.name);
  return names;
}

std::optional<std::string_view> nearest_preset(std::string_view name) {
  const std::vector<std::string_view> names = preset_names();
  if (const auto nearest = nearest_name(name, names)) return nearest;
  for (const Preset& preset : kPresets)
    if (nearest_name(name, {&preset.nickname, 1})) return preset.name;
  return std::nullopt;
}

// A beginning that several sizes have is taken for that of the default.
std::optional<std::string_view> nearest_model(std::string_view name) {
  static const std::string usual = ModelConfig().name;
  return nearest_name(
      name, usual.starts_with(name) ? std::vector<std::string_view>{usual} : model_names());
}

}  // namespace

std::span<const Preset> presets() { return kPresets; }

const Preset* find_preset(std::string_view name) {
  const auto found = std::ranges::find(kPresets, name, &Preset::name);
  return found != kPresets.end() ? &*found : nullptr;
}

const std::vector<ModelSize>& model_sizes() {
  static const std::vector<ModelSize> sizes = make_model_sizes();
  return sizes;
}

const ModelSize* find_model(std::string_view name) {
  for (const ModelSize& size : model_sizes())
    if (size.config.name == name) return &size;
  return nullptr;
}

std::span<const std::string_view> preset_settings() { return kPresetSettings; }

std::optional<std::string> apply_preset(RunConfig& config, std::string_view name) {
  const Preset* preset = find_preset(name);
  if (preset == nullptr)
    return sentence("preset (--preset) is '{0}'; it must be {1}", {name, preset_instead_of(name)});
  config.preset = preset->name;
  config.train.batch_size = preset->batch_size;
  config.train.batch_per_rank = 0;
  config.train.epochs = preset->epochs;
  config.optim.learning_rate = preset->learning_rate;
  config.checkpoint.save_every_epoch = preset->save_every_epoch;
  config.checkpoint.keep_last_n = preset->keep_last_n;
  return std::nullopt;
}

std::optional<std::string> apply_model(RunConfig& config, std::string_view name) {
  const ModelSize* size = find_model(name);
  if (size == nullptr)
    return sentence("model.name (--model) is '{0}'; it must be {1}",
                    {name, model_instead_of(name)});
  config.model = size->config;
  return std::nullopt;
}

std::string preset_instead_of(std::string_view name) {
  if (const ModelSize* size = find_model(name))
    return sentence("{0}; the model of that name is --model {1}",
                    {alternatives(preset_names()), size->config.name});
  return alternatives(preset_names()) + did_you_mean(nearest_preset(name));
}

std::string model_instead_of(std::string_view name) {
  if (const Preset* preset = find_preset(name))
    return sentence("{0}; the preset of that name is --preset {1}",
                    {alternatives(model_names()), preset->name});
  return alternatives(model_names()) + did_you_mean(nearest_model(name));
}

std::int64_t parameter_count(const ModelConfig& config) {
  const std::int64_t width = config.n_embd;
  const std::int64_t norm = config.bias ? 2 * width : width;
  // c_attn, c_proj, c_fc and the second c_proj are 3 + 1 + 4 + 4 squares; their biases 3 + 1 + 4
  // + 1.
  const std::int64_t matrices = 12 * width * width;
  const std::int64_t biases = config.bias ? 9 * width : 0;
  const std::int64_t embeddings = (config.vocab_size + config.block_size) * width;
  return embeddings + config.n_layer * (matrices + biases + 2 * norm) + norm;
}

}  // namespace lockstep
