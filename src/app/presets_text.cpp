// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <string_view>

#include "app/trainer_command.h"
#include "config/fields.h"
#include "config/presets.h"
#include "report/numbers.h"

namespace lockstep {
namespace {

constexpr std::size_t kNameWidth = 13;
constexpr std::size_t kNumberWidth = 15;

std::string name_cell(std::string_view name) {
  std::string cell = "  " + std::string(name);
  cell.resize(kNameWidth + 2, ' ');
  return cell;
}

// Right-aligned, as columns of numbers are read.
std::string number_cell(const std::string& number) {
  const std::size_t padding = number.size() < kNumberWidth ? kNumberWidth - number.size() : 1;
  return std::string(padding, ' ') + number;
}

std::string number_cell(std::int64_t number) { return number_cell(std::to_string(number)); }

// Of a preset or a model size.
template <typename Named>
std::string purpose_cell(const Named& named, Language language) {
  const bool is_chinese = language == Language::zh;
  return "   " + std::string(is_chinese ? named.purpose_zh : named.purpose) + "\n";
}

std::string heading(std::string_view flag, const std::array<std::string, 5>& columns) {
  std::string line(flag);
  line.resize(name_cell("").size(), ' ');
  for (const std::string& column : columns) line += number_cell(column);
  return line + "\n";
}

std::string preset_line(const Preset& preset, Language language) {
  return name_cell(preset.name) + number_cell(preset.batch_size) + number_cell(preset.epochs) +
         number_cell(number_text(preset.learning_rate)) +
         number_cell(preset.save_every_epoch ? "every epoch" : "best, latest") +
         number_cell(preset.keep_last_n) + purpose_cell(preset, language);
}

std::string model_line(const ModelSize& size, Language language) {
  const ModelConfig& model = size.config;
  // Without a vocabulary the parameters are not known either.
  const bool is_known = model.vocab_size > 0;
  return name_cell(model.name) + number_cell(model.n_layer) + number_cell(model.n_embd) +
         number_cell(model.block_size) +
         number_cell(is_known ? std::to_string(model.vocab_size) : "tokenizer") +
         number_cell(is_known ? thousands_text(parameter_count(model)) : "-") +
         purpose_cell(size, language);
}

}  // namespace

std::string presets_text(Language language) {
  std::string text =
      heading("--preset", {"batch_size", "epochs", "learning_rate", "saved", "keep_last_n"});
  for (const Preset& preset : presets()) text += preset_line(preset, language);
  text += "\n" + heading("--model", {"layers", "width", "positions", "vocabulary", "parameters"});
  for (const ModelSize& size : model_sizes()) text += model_line(size, language);
  return text;
}

}  // namespace lockstep
