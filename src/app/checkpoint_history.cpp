// SPDX-License-Identifier: Apache-2.0
#include "app/checkpoint_history.h"

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

#include "base/error.h"
#include "base/file.h"
#include "base/json_depth.h"
#include "base/log.h"
#include "base/sentence.h"
#include "checkpoint/names.h"
#include "export/training_file.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

std::vector<double> losses_in(const Json& list) {
  std::vector<double> losses;
  for (const Json& loss : list.get<std::vector<Json>>())
    losses.push_back(loss.is_null() ? std::numeric_limits<double>::quiet_NaN()
                                    : loss.get<double>());
  return losses;
}

std::vector<std::int64_t> count_to(std::size_t last) {
  std::vector<std::int64_t> numbers;
  for (std::size_t i = 0; i < last; ++i) numbers.push_back(static_cast<std::int64_t>(i) + 1);
  return numbers;
}

RunHistory history_in(const TrainState& state) {
  return {.losses = state.history, .best_epoch = state.best_epoch};
}

// Absent where there is no set that can be read.
std::optional<RunHistory> history_of_newest_set(const CheckpointDirectory& directory) {
  const std::vector<CommittedSet> sets = directory.sets();
  if (sets.empty() || !sets.back().manifest) return std::nullopt;
  return history_in(sets.back().manifest->state);
}

// What a checkpoint has; absent where there is none.
std::optional<RunHistory> history_of_checkpoint(const CheckpointDirectory& directory) {
  if (auto of_set = history_of_newest_set(directory)) return of_set;
  if (!is_there(directory.file(names::kLatest), ErrorKind::checkpoint)) return std::nullopt;
  const TrainingFile latest(directory.file(names::kLatest));
  if (const std::string problem = latest.history_problem(); !problem.empty()) log_warning(problem);
  return history_in(latest.state());
}

}  // namespace

History history_from_json(const std::string& text, const std::string& subject) {
  const auto refuse = [&](const std::string& found) {
    throw Error(ErrorKind::checkpoint, sentence("{0}: {1}; the file is damaged", {subject, found}));
  };
  if (nests_too_deep(text)) refuse(nesting_problem());
  History history;
  try {
    const Json object = Json::parse(text);
    history.train_loss = losses_in(object.at("train_loss"));
    history.val_loss = losses_in(object.at("val_loss"));
    const Json epochs = object.value("epochs", Json(count_to(history.train_loss.size())));
    if (!std::ranges::all_of(epochs, [](const Json& epoch) { return epoch.is_number_integer(); }))
      refuse(sentence("its epochs are no whole numbers"));
    history.epochs = epochs.get<std::vector<std::int64_t>>();
  } catch (const Json::exception&) {
    refuse(sentence("it is not JSON with the lists train_loss and val_loss"));
  }
  if (!is_of_one_length(history)) refuse(sentence("its lists are not of one length"));
  return history;
}

RunHistory find_history(const CheckpointDirectory& directory) {
  const fs::path file = directory.file(names::kHistory);
  if (!is_there(file, ErrorKind::checkpoint))
    return history_of_checkpoint(directory).value_or(RunHistory());
  try {
    RunHistory history = history_of_newest_set(directory).value_or(RunHistory());
    history.losses =
        history_from_json(read_file(file, ErrorKind::checkpoint), sentence("reading {0}", {file}));
    return history;
  } catch (const Error& error) {
    const std::optional<RunHistory> other = history_of_checkpoint(directory);
    if (!other) throw;
    log_warning(sentence("{0}; this is the history of the newest checkpoint", {error.what()}));
    return *other;
  }
}

}  // namespace lockstep
