// SPDX-License-Identifier: Apache-2.0
#include "app/run_order.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "app/resume_changes.h"
#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "base/sentence.h"
#include "checkpoint/directory.h"
#include "checkpoint/owner.h"
#include "config/config_json.h"
#include "config/presets.h"
#include "config/problems.h"
#include "store/open_checkpoint.h"
#include "text/make_tokenizer.h"
#include "text/prepare_tokens.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;

std::string size_name(const ModelConfig& model) {
  for (const ModelSize& size : model_sizes()) {
    ModelConfig named = model;
    named.name = size.config.name;
    named.dropout = size.config.dropout;
    if (size.config.vocab_size == 0) named.vocab_size = 0;
    if (named == size.config) return size.config.name;
  }
  return "custom";
}

// The configuration a checkpoint was made with; of a file that Python wrote, only the model.
RunConfig stored_config(const OpenCheckpoint& checkpoint) {
  RunConfig config = run_config_in(checkpoint.state, checkpoint.path);
  const std::string name = checkpoint.is_ours ? config.model.name : "";
  config.model = checkpoint.model;
  config.model.name = name.empty() ? size_name(config.model) : name;
  if (checkpoint.tokenizer) config.data.tokenizer = kind_named(checkpoint.tokenizer->kind);
  return config;
}

std::string shape_text(const ModelConfig& model) {
  std::string text =
      sentence("{0} layers, {1} heads, width {2}, {3} positions, vocabulary {4}",
               {model.n_layer, model.n_head, model.n_embd, model.block_size, model.vocab_size});
  if (!model.bias) text += ", " + sentence("no biases");
  if (model.gelu != GeluKind::erf) text += ", " + sentence("GELU by tanh");
  return text;
}

void check_same_model(const ModelConfig& wanted, const OpenCheckpoint& checkpoint) {
  const ModelConfig& found = checkpoint.model;
  ModelConfig same = wanted;
  same.name = found.name;
  same.dropout = found.dropout;
  if (same == found) return;
  throw Error(
      ErrorKind::usage,
      sentence("starting from {0}: it holds a model of {1}, the configuration asks for {2}; leave "
               "out --model and the sizes, which the file decides",
               {checkpoint.path, shape_text(found), shape_text(wanted)}));
}

// A token file has a tokenizer of its own, whatever the configuration says.
void check_same_tokenizer(const DataConfig& wanted, const OpenCheckpoint& checkpoint) {
  if (!checkpoint.tokenizer || wanted.tokenizer == kind_named(checkpoint.tokenizer->kind)) return;
  if (ready_token_file(wanted.files)) return;
  throw Error(
      ErrorKind::usage,
      sentence("starting from {0}: its tokenizer is of the kind {1}, the configuration asks for "
               "{2}; leave out --tokenizer, which the file decides",
               {checkpoint.path, checkpoint.tokenizer->kind, kind_name(wanted.tokenizer)}));
}

// What is saved goes on to say how the tokenizer was made.
void keep_tokenizer_size(const DataConfig& before, DataConfig& now,
                         const OpenCheckpoint& checkpoint) {
  const bool is_known = checkpoint.is_ours && checkpoint.tokenizer &&
                        kind_named(checkpoint.tokenizer->kind) == TokenizerKind::sentencepiece;
  if (!is_known || now.tokenizer_vocab_size == before.tokenizer_vocab_size) return;
  log_warning(
      sentence("starting from {0}: --tokenizer-vocab-size {1} changes nothing, as its tokenizer is "
               "taken over and none is trained; leave it out, or start a new run without these "
               "weights",
               {checkpoint.path, now.tokenizer_vocab_size}));
  now.tokenizer_vocab_size = before.tokenizer_vocab_size;
}

RunConfig config_over(const RunConfig& base, const TrainerCommand& command,
                      const OpenCheckpoint& checkpoint) {
  RunConfig config = resolve_config(command, base);
  if (config.model.vocab_size == 0) config.model.vocab_size = base.model.vocab_size;
  check_same_model(config.model, checkpoint);
  check_same_tokenizer(config.data, checkpoint);
  keep_tokenizer_size(base.data, config.data, checkpoint);
  return config;
}

ResumePoint point_of(const RunOrder& order) {
  return {.file = order.file.string(), .cursor = order.state.cursor, .lanes = order.state.lanes};
}

void warn(const std::optional<std::string>& warning) {
  if (warning) log_warning(*warning);
}

// Other windows than those of the run so far, where it can have them.
void accept_changes(const RunConfig& before, RunOrder& order) {
  const std::vector<WindowChange> changes = window_changes(before, order.config);
  refuse_problems(sentence("the configuration"), refused_changes(changes, point_of(order)));
  warn(changes_warning(changes, point_of(order)));
  if (!changes_validation(changes)) return;
  order.state.best_loss = TrainState().best_loss;
  order.state.best_epoch = TrainState().best_epoch;
}

RunOrder resumed_order(const TrainerCommand& command, const fs::path& path,
                       const std::string& directory) {
  const OpenCheckpoint checkpoint = open_checkpoint(path);
  if (!checkpoint.history_problem.empty()) log_warning(checkpoint.history_problem);
  RunOrder order{
      .start = RunStart::resumed, .file = path_when_brought_back(path), .state = checkpoint.state};
  // A file that Python wrote says in its optimizer alone how many steps were made.
  order.state.step = checkpoint.optimizer_steps + checkpoint.state.skipped_steps;
  RunConfig stored = stored_config(checkpoint);
  stored.checkpoint.directory = directory;  // the run may have been moved
  const std::set<std::string> named = named_settings(command);
  const RunConfig base = base_of_resume(stored, point_of(order), named);
  order.config = config_over(base, command, checkpoint);
  warn(limit_left_out(stored, point_of(order), named));
  if (checkpoint.is_ours) accept_changes(stored, order);
  return order;
}

// Where the run is whose weights are meant: in the directory of the new one, which may replace it,
// or in the default one.
fs::path find_weights(const CheckpointDirectory& directory, const std::string& name) {
  const CheckpointDirectory usual(RunConfig().checkpoint.directory);
  if (directory.holds_a_run() || directory.path() == usual.path())
    return find_checkpoint(directory, name);
  try {
    return find_checkpoint(usual, name);
  } catch (const Error& error) {
    const bool is_path = name.find('/') != std::string::npos || may_be_there(name);
    if (is_path) throw;
    throw Error(error.kind(), sentence("looking into {0}, as there is no run in {1}: {2}",
                                       {usual.path(), directory.path(), error.what()}));
  }
}

// Its tokenizer is in the configuration too, so that one that is saved says what was run.
RunOrder order_from_weights(const TrainerCommand& command, const CheckpointDirectory& directory) {
  const fs::path path = find_weights(directory, *command.checkpoint);
  const OpenCheckpoint checkpoint = open_checkpoint(path);
  const RunConfig stored = stored_config(checkpoint);
  RunConfig base;
  base.model = checkpoint.model;
  base.model.name = size_name(base.model);
  base.data.tokenizer = stored.data.tokenizer;
  base.data.tokenizer_vocab_size = stored.data.tokenizer_vocab_size;
  return {.start = RunStart::from_weights,
          .config = config_over(base, command, checkpoint),
          .file = path};
}

// The newest checkpoint that is not known to be damaged; absent if there never was one.
std::optional<fs::path> newest_checkpoint(const CheckpointDirectory& directory,
                                          const std::vector<fs::path>& damaged) {
  const Candidates candidates = resume_candidates(directory);
  if (damaged.empty())
    for (const std::string& problem : candidates.problems) log_warning(problem);
  const auto is_good = [&](const fs::path& path) {
    return std::ranges::find(damaged, path) == damaged.end();
  };
  const auto found = std::ranges::find_if(candidates.paths, is_good);
  const bool is_second_choice = !candidates.problems.empty() || !damaged.empty();
  if (found != candidates.paths.end()) {
    if (is_second_choice) log_warning(sentence("trying {0} instead", {*found}));
    return *found;
  }
  if (!is_second_choice) return std::nullopt;
  throw Error(
      ErrorKind::checkpoint,
      sentence("resuming the run in {0}: every checkpoint is damaged, the warnings above say how; "
               "bring a copy of one back, or start anew with another --output-dir",
               {directory.path()}));
}

RunOrder new_run_order(const TrainerCommand& command, const CheckpointDirectory& directory) {
  if (command.checkpoint) return order_from_weights(command, directory);
  return {.start = RunStart::fresh, .config = resolve_config(command, std::nullopt)};
}

RunOrder choose_order(const TrainerCommand& command, const std::vector<fs::path>& damaged) {
  const CheckpointDirectory directory(output_directory(command));
  if (!command.resume && !command.auto_resume) return new_run_order(command, directory);
  if (const std::optional<fs::path> found = newest_checkpoint(directory, damaged))
    return resumed_order(command, *found, directory.path().string());
  if (command.auto_resume) return new_run_order(command, directory);
  throw Error(ErrorKind::checkpoint,
              sentence("resuming the run in {0}: there is no checkpoint; start one without "
                       "--resume, or give its --output-dir",
                       {directory.path()}));
}

// Another batch or other lanes add up other numbers. REQUIRES: a batch that is resolved.
void warn_of_new_phase(const RunOrder& order) {
  const TrainConfig& train = order.config.train;
  const std::int64_t lanes = order.state.lanes;
  if (lanes == 0) return;
  const std::int64_t batch_before = run_config_in(order.state, order.file).train.batch_size;
  const auto shape = [](std::int64_t batch, std::int64_t count) {
    return sentence("{0} sequences in {1} {1|lane|lanes}", {batch, count});
  };
  if (train.batch_size == batch_before && resolved_lanes(order.config) == lanes) return;
  log_warning(sentence(
      "resuming {0}: a new phase begins: its batches are of {1}, those before of {2}; what is "
      "trained from here on is not what the run would have been",
      {order.file, shape(train.batch_size, resolved_lanes(order.config)),
       shape(batch_before, lanes)}));
}

}  // namespace

RunOrder decide_order(const TrainerCommand& command, int world_size,
                      const std::vector<fs::path>& damaged) {
  RunOrder order = choose_order(command, damaged);
  const bool is_resumed = order.start == RunStart::resumed;
  if (is_resumed) keep_stored_lanes(order.config, point_of(order), world_size);
  refuse_problems(sentence("the configuration"), resolve_batch(order.config, world_size));
  if (is_resumed) warn_of_new_phase(order);
  return order;
}

// Its process may hang, so it is not waited for.
void warn_of_taking_over(const fs::path& directory) {
  const std::string owner = living_owner(directory);
  if (!owner.empty())
    log_warning(sentence(
        "resuming the run in {0} takes it from a process that is alive and ends at its next save: "
        "{1} is running there; wait for it or stop it, or give another --output-dir",
        {directory, owner}));
}

std::string order_to_text(const RunOrder& order) {
  return nlohmann::json{{"start", static_cast<int>(order.start)},
                        {"config", config_to_json(order.config)},
                        {"file", order.file.string()},
                        {"state", train_state_to_json(order.state)}}
      .dump();
}

RunOrder order_from_text(const std::string& text) {
  const nlohmann::json object = nlohmann::json::parse(text);
  RunOrder order{.start = static_cast<RunStart>(object.at("start").get<int>()),
                 .file = object.at("file").get<std::string>(),
                 .state = train_state_from_json(object.at("state").get<std::string>())};
  refuse_problems(sentence("the configuration of rank 0"),
                  apply_json(object.at("config").get<std::string>(), order.config));
  return order;
}

}  // namespace lockstep
