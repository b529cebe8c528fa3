// SPDX-License-Identifier: Apache-2.0
// The named recipes of training and the named sizes of the model. To add one: a line in
// presets.cpp and its file in configs/.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/run_config.h"

namespace lockstep {

struct Preset {
  std::string_view name;
  std::int64_t batch_size = 4;
  std::int64_t epochs = 3;
  double learning_rate = 1e-4;
  bool save_every_epoch = true;
  std::int64_t keep_last_n = 3;
  std::string_view purpose;
  std::string_view purpose_zh;
  std::string_view nickname;  // what people call it by mistake; only used for suggestions
};

struct ModelSize {
  ModelConfig config;
  std::string_view purpose;
  std::string_view purpose_zh;
};

// From the shortest run to the longest.
std::span<const Preset> presets();
// The preset called `name`, or nullptr.
const Preset* find_preset(std::string_view name);

// From the smallest model to the largest.
const std::vector<ModelSize>& model_sizes();
// The size called `name`, or nullptr.
const ModelSize* find_model(std::string_view name);

// Puts the preset into `config`. For an unknown name `config` stays as it is and the sentence that
// says so is returned.
[[nodiscard]] std::optional<std::string> apply_preset(RunConfig& config, std::string_view name);

// The same for a model size, which replaces the whole `config.model`.
[[nodiscard]] std::optional<std::string> apply_model(RunConfig& config, std::string_view name);

// The settings that a preset decides: "train.epochs".
std::span<const std::string_view> preset_settings();

// What an unknown name must be instead: "'tiny', ... or 'gpt2-xl'; did you mean 'tiny'?"
std::string preset_instead_of(std::string_view name);
std::string model_instead_of(std::string_view name);

// The parameters a model of this shape trains: the head is tied to the token embedding and is not
// counted twice. REQUIRES: a model without problems (problems.h) and a vocab_size that is known.
std::int64_t parameter_count(const ModelConfig& config);

}  // namespace lockstep
