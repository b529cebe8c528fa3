// SPDX-License-Identifier: Apache-2.0
// The command line of the trainer: what was asked for, and the configuration that follows from it.
// Reads the --config file and nothing else; runs nothing.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "config/run_config.h"
#include "report/words.h"

namespace lockstep {

enum class TrainerAction { run, dry_run, doctor, list_presets, version, help };

// A RunConfig setting given on the command line, checked for its type only.
struct FlagOverride {
  std::string flag;                // "--data-file"
  std::vector<std::string> texts;  // one, or several for a repeatable flag
  friend bool operator==(const FlagOverride&, const FlagOverride&) = default;
};

struct TrainerCommand {
  TrainerAction action = TrainerAction::run;
  std::string help;  // what to print for TrainerAction::help

  std::optional<std::string> preset;
  std::optional<std::string> model;
  std::optional<std::string> config_file;
  std::optional<std::string> save_config_file;
  std::vector<FlagOverride> overrides;
  std::optional<std::int64_t> more_epochs;

  bool resume = false;       // fails with nothing to resume; wins over auto_resume
  bool auto_resume = false;  // starts afresh with nothing to resume
  bool overwrite = false;
  std::optional<std::string> checkpoint;  // weights to start from: a file or a set

  std::int64_t peer_timeout_seconds = 60;
  std::optional<std::chrono::seconds> time_limit;  // from the start of the process

  std::optional<std::string> metrics_file;
  std::optional<std::int64_t> log_every;  // steps; absent: chosen by the report
  std::optional<std::string> lang;        // "zh" or "en"; absent: by locale
  bool profile = false;
  double peak_tflops = 0.0;  // 0: as it is known
  bool log_all_ranks = false;
  bool quiet = false;
};

// Throws Error(usage) naming every flag that is unknown, malformed or contradicts another, and with
// them what is wrong with the settings.
TrainerCommand parse_trainer_command(int argc, const char* const* argv);

// Puts every configuration flag over `config`, whatever it is: defaults, a preset or the stored
// configuration of a run that is resumed. --more-epochs adds to the epochs found there.
void apply_flags(const TrainerCommand& command, RunConfig& config);

// Default < preset < --config file < flags, over `stored` where a run is resumed. In a fresh run
// --more-epochs N means N in all. Throws Error(usage) with all problems at once, and Error(input)
// if the --config file cannot be read. train.batch_per_rank is left for resolve_batch().
RunConfig resolve_config(const TrainerCommand& command, const std::optional<RunConfig>& stored);

// The problems of the preset, the --config file and the settings of a command that has others, so
// that all can be said at once. `unread_flags` are those whose values have no meaning: they are
// held against no other setting, nor is what only a checkpoint knows.
struct OtherProblems {
  std::vector<std::string> problems;
  bool lacks_the_file = false;  // one of them is that the --config file cannot be read
};
OtherProblems problems_beside(const TrainerCommand& command,
                              const std::set<std::string_view>& unread_flags);

// The settings that the command decides, by a flag, its --config file or a preset: "train.epochs".
// Throws Error(input) like resolve_config().
std::set<std::string> named_settings(const TrainerCommand& command);

// The checkpoint directory that the command names, in a flag or in the --config file: needed before
// the configuration of a resumed run can be resolved. Throws Error(input) like resolve_config().
std::string output_directory(const TrainerCommand& command);

// What --list-presets prints: presets and model sizes, and what they are for.
std::string presets_text(Language language);

}  // namespace lockstep
