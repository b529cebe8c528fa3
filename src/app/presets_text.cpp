// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <string_view>

#include "app/trainer_command.h"
#include "config/fields.h"
#include "config/presets.h"
#include "report/display_width.h"
#include "report/numbers.h"
#include "report/words.h"

namespace lockstep {
namespace {

constexpr int kNameWidth = 15;
constexpr int kNumberWidth = 15;

std::string name_cell(std::string_view name) {
  return pad_right("  " + std::string(name), kNameWidth);
}

// Right-aligned, as columns of numbers are read.
std::string number_cell(std::string_view number) {
  return " " + pad_left(number, kNumberWidth - 1);
}

std::string number_cell(std::int64_t number) { return number_cell(std::to_string(number)); }

// Of a preset or a model size.
template <typename Named>
std::string purpose_cell(const Named& named, Language language) {
  const bool is_chinese = language == Language::zh;
  return "   " + std::string(is_chinese ? named.purpose_zh : named.purpose) + "\n";
}

std::string heading(std::string_view flag, const std::array<std::string_view, 5>& columns) {
  std::string line = pad_right(flag, kNameWidth);
  for (const std::string_view column : columns) line += number_cell(column);
  return line + "\n";
}

std::string preset_line(const Preset& preset, Language language) {
  const Words& words = words_in(language);
  return name_cell(preset.name) + number_cell(preset.batch_size) + number_cell(preset.epochs) +
         number_cell(number_text(preset.learning_rate)) +
         number_cell(preset.save_every_epoch ? words.every_epoch_is_saved
                                             : words.best_and_latest_are_saved) +
         number_cell(preset.keep_last_n) + purpose_cell(preset, language);
}

std::string model_line(const ModelSize& size, Language language) {
  const ModelConfig& model = size.config;
  // Without a vocabulary the parameters are not known either.
  const bool is_known = model.vocab_size > 0;
  return name_cell(model.name) + number_cell(model.n_layer) + number_cell(model.n_embd) +
         number_cell(model.block_size) +
         (is_known ? number_cell(model.vocab_size)
                   : number_cell(words_in(language).tokenizers_vocabulary)) +
         number_cell(is_known ? thousands_text(parameter_count(model)) : "-") +
         purpose_cell(size, language);
}

}  // namespace

// What is a setting has its name as the title.
std::string presets_text(Language language) {
  const Words& words = words_in(language);
  std::string text = heading(
      "--preset", {"batch_size", "epochs", "learning_rate", words.saved_title, "keep_last_n"});
  for (const Preset& preset : presets()) text += preset_line(preset, language);
  text += "\n" + heading("--model", {words.layers_title, words.width_title, words.positions_title,
                                     words.vocabulary_title, words.parameters_title});
  for (const ModelSize& size : model_sizes()) text += model_line(size, language);
  return text;
}

}  // namespace lockstep
