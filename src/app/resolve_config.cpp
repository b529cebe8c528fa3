// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "app/trainer_command.h"
#include "base/error.h"
#include "base/file.h"
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
      throw Error(ErrorKind::usage, override.flag + ": it must be " + *allowed);
  }
}

// The one of the two that a lower layer set must not contradict the flag.
void settle_batch(const FlagOverride& override, RunConfig& config) {
  if (override.flag == "--batch-size") config.train.batch_per_rank = 0;
  if (override.flag == "--batch-per-rank" && config.train.batch_per_rank != 0)
    config.train.batch_size = 0;
}

std::vector<std::string> apply_file(const std::string& file, RunConfig& config) {
  std::vector<std::string> problems = apply_json(read_file(file, ErrorKind::input), config);
  for (std::string& problem : problems) problem.insert(0, file + ": ");
  return problems;
}

void append(const std::vector<std::string>& more, std::vector<std::string>& problems) {
  problems.insert(problems.end(), more.begin(), more.end());
}

}  // namespace

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
  if (command.config_file) append(apply_file(*command.config_file, config), problems);
  if (!stored && command.more_epochs) config.train.epochs = 0;
  apply_flags(command, config);
  append(problems_in(config), problems);
  refuse_problems("the configuration", problems);
  return config;
}

std::string output_directory(const TrainerCommand& command) {
  RunConfig config;
  // Its problems are told by resolve_config().
  if (command.config_file) static_cast<void>(apply_file(*command.config_file, config));
  for (const FlagOverride& override : command.overrides) {
    if (override.flag == "--output-dir") apply_override(override, config);
  }
  return config.checkpoint.directory;
}

}  // namespace lockstep
