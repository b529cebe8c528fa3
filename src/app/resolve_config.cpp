// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <limits>

#include "app/trainer_command.h"
#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "base/sentence.h"
#include "config/config_json.h"
#include "config/fields.h"
#include "config/presets.h"
#include "config/problems.h"

namespace lockstep {
namespace {

// Beyond what problems_in() allows, so that a sum that would overflow is refused instead.
constexpr std::int64_t kTooManyEpochs = 1'000'000'000;

void apply_override(const FlagOverride& override, RunConfig& config) {
  for (const Field& field : fields_of(config)) {
    if (field.flag != override.flag) continue;
    if (const auto allowed = set_from_texts(field, override.texts))
      throw Error(ErrorKind::usage, sentence("{0}: it must be {1}", {override.flag, *allowed}));
  }
}

// The one of the two that a lower layer set must not contradict the flag.
void settle_batch(const FlagOverride& override, RunConfig& config) {
  if (override.flag == "--batch-size") config.train.batch_per_rank = 0;
  if (override.flag == "--batch-per-rank" && config.train.batch_per_rank != 0)
    config.train.batch_size = 0;
}

std::string config_text(const std::string& file) try {
  // It is read more than once, and a pipe keeps its reader waiting.
  const std::filesystem::file_type type = type_at(file, ErrorKind::usage);
  if (type != std::filesystem::file_type::regular && type != std::filesystem::file_type::not_found)
    throw Error(ErrorKind::usage, sentence("reading {0}: it is no file", {file}));
  return read_file(file, ErrorKind::usage);
} catch (const Error& error) {
  throw Error(error.kind(), sentence("{0}; check --config", {error.what()}));
}

std::vector<std::string> apply_file(const std::string& file, RunConfig& config,
                                    const std::optional<std::string>& preset) {
  std::vector<std::string> problems = apply_json(config_text(file), config, preset);
  for (std::string& problem : problems) problem.insert(0, file + ": ");
  return problems;
}

std::set<std::string> settings_in_file(const TrainerCommand& command) {
  if (!command.config_file) return {};
  return settings_in(config_text(*command.config_file));
}

bool states_all_of_a_preset(const std::set<std::string>& settings) {
  return std::ranges::all_of(preset_settings(), [&](std::string_view setting) {
    return settings.contains(std::string(setting));
  });
}

// The file wins, setting by setting; one that --save-config wrote has them all.
void warn_of_useless_preset(const TrainerCommand& command, const RunConfig& config) {
  if (!command.preset || !states_all_of_a_preset(settings_in_file(command))) return;
  RunConfig wanted = config;
  if (apply_preset(wanted, *command.preset) || wanted == config) return;
  log_warning(
      sentence("--preset {0} changes nothing: {1} gives all that a preset decides, and a file wins "
               "over a preset; give --batch-size, --epochs and --learning-rate as flags, or take "
               "them out of the file",
               {*command.preset, *command.config_file}));
}

void append(const std::vector<std::string>& more, std::vector<std::string>& problems) {
  problems.insert(problems.end(), more.begin(), more.end());
}

bool is_overridden(const TrainerCommand& command, std::string_view flag) {
  return std::ranges::find(command.overrides, flag, &FlagOverride::flag) != command.overrides.end();
}

// A flag wins over the same setting of a file, but this one is of no use beside another.
void warn_of_useless_fraction(const TrainerCommand& command, const RunConfig& config) {
  if (config.data.validation_files.empty() || !is_overridden(command, "--val-fraction")) return;
  log_warning(
      sentence("--val-fraction changes nothing: the configuration names validation files ({0}), "
               "and nothing is cut off the training data; leave out the flag, or "
               "data.validation_files for a new run without them",
               {config.data.validation_files.front()}));
}

// Gives the settings that others are held against values that allow all of those, where their own
// are not known.
class OpenSettings {
 public:
  OpenSettings(const TrainerCommand& command, const std::set<std::string_view>& unread,
               bool has_a_base)
      : command_(command), unread_(unread), has_a_base_(has_a_base) {}

  void leave_open(RunConfig& config) const {
    if (is_open({"--batch-size", "--batch-per-rank"})) config.train.batch_per_rank = 1;
    if (is_open({"--device"})) config.train.device = DeviceKind::cuda;
    if (is_open({"--learning-rate"}))
      config.optim.learning_rate = std::numeric_limits<double>::max();
  }

 private:
  // The flags are several names of one setting.
  bool is_open(const std::vector<std::string_view>& flags) const {
    const auto is_unread = [&](std::string_view flag) { return unread_.contains(flag); };
    const auto is_read = [&](std::string_view flag) { return is_overridden(command_, flag); };
    return std::ranges::any_of(flags, is_unread) ||
           (!has_a_base_ && std::ranges::none_of(flags, is_read));
  }

  const TrainerCommand& command_;
  const std::set<std::string_view>& unread_;
  bool has_a_base_;  // what no flag gives is known too
};

// The name of a size, most of all the default's, is not that of a model of another width or depth.
void name_by_size(ModelConfig& model) {
  const ModelSize* const named = find_model(model.name);
  if (named == nullptr) return;
  const ModelConfig& size = named->config;
  const bool fits =
      model.n_layer == size.n_layer && model.n_head == size.n_head && model.n_embd == size.n_embd;
  if (!fits) model.name = "custom";
}

// A value that is missing has its sentence already.
bool is_given(const std::optional<std::string>& text) {
  return text && !text->empty() && !text->starts_with("--");
}

}  // namespace

OtherProblems problems_beside(const TrainerCommand& command,
                              const std::set<std::string_view>& unread_flags) {
  OtherProblems found;
  RunConfig config;
  if (is_given(command.preset))
    if (const auto problem = apply_preset(config, *command.preset))
      found.problems.push_back(*problem);
  if (is_given(command.config_file)) {
    try {
      append(apply_file(*command.config_file, config, command.preset), found.problems);
    } catch (const Error& error) {
      found.problems.emplace_back(error.what());
      found.lacks_the_file = true;
    }
  }
  TrainerCommand flags = command;
  if (flags.model && find_model(*flags.model) == nullptr) flags.model.reset();
  flags.more_epochs.reset();  // what it adds to, only a checkpoint knows
  apply_flags(flags, config);
  const bool has_a_base = !command.resume && !command.auto_resume && !found.lacks_the_file;
  OpenSettings(command, unread_flags, has_a_base).leave_open(config);
  append(problems_in(config), found.problems);
  return found;
}

void apply_flags(const TrainerCommand& command, RunConfig& config) {
  if (command.model)
    if (const auto problem = apply_model(config, *command.model))
      throw Error(ErrorKind::usage, *problem);
  for (const FlagOverride& override : command.overrides) {
    apply_override(override, config);
    settle_batch(override, config);
  }
  if (command.more_epochs)
    config.train.epochs = std::min(config.train.epochs, kTooManyEpochs) + *command.more_epochs;
}

RunConfig resolve_config(const TrainerCommand& command, const std::optional<RunConfig>& stored) {
  RunConfig config = stored.value_or(RunConfig{});
  std::vector<std::string> problems;
  if (command.preset)
    if (const auto problem = apply_preset(config, *command.preset)) problems.push_back(*problem);
  if (command.config_file)
    append(apply_file(*command.config_file, config, command.preset), problems);
  warn_of_useless_preset(command, config);
  if (!stored && command.more_epochs) config.train.epochs = 0;
  apply_flags(command, config);
  if (!stored) name_by_size(config.model);
  append(problems_in(config), problems);
  refuse_problems(sentence("the configuration"), problems);
  warn_of_useless_fraction(command, config);
  return config;
}

std::set<std::string> named_settings(const TrainerCommand& command) {
  std::set<std::string> named = settings_in_file(command);
  if (command.preset || named.contains("preset"))
    named.insert(preset_settings().begin(), preset_settings().end());
  if (command.more_epochs) named.insert("train.epochs");
  RunConfig scratch;
  for (const Field& field : fields_of(scratch))
    for (const FlagOverride& override : command.overrides)
      if (override.flag == field.flag) named.insert(path_of(field));
  return named;
}

std::string output_directory(const TrainerCommand& command) {
  RunConfig config;
  // Its problems are told by resolve_config().
  if (command.config_file) static_cast<void>(apply_file(*command.config_file, config, {}));
  for (const FlagOverride& override : command.overrides) {
    if (override.flag == "--output-dir") apply_override(override, config);
  }
  return config.checkpoint.directory;
}

}  // namespace lockstep
