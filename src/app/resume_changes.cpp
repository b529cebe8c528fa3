// SPDX-License-Identifier: Apache-2.0
#include "app/resume_changes.h"

#include <algorithm>
#include <string_view>

#include "base/sentence.h"
#include "config/fields.h"

namespace lockstep {
namespace {

std::string label_at(std::string_view path) {
  RunConfig scratch;
  for (const Field& field : fields_of(scratch))
    if (path_of(field) == path) return label_of(field);
  return std::string(path);
}

// Those of the command replace what the run was to have.
bool names_another_end(const std::set<std::string>& named) {
  return named.contains("train.epochs") && !named.contains("train.max_steps");
}

}  // namespace

RunConfig base_of_resume(RunConfig stored, const ResumePoint& point,
                         const std::set<std::string>& named) {
  if (point.lanes > 0) stored.train.lanes = 0;
  if (names_another_end(named)) stored.train.max_steps = 0;
  return stored;
}

std::optional<std::string> limit_left_out(const RunConfig& stored, const ResumePoint& point,
                                          const std::set<std::string>& named) {
  if (stored.train.max_steps == 0 || !names_another_end(named)) return std::nullopt;
  return sentence(
      "resuming {0}: its limit of --max-steps {1} is dropped, since its epochs are named; give "
      "--max-steps too for another one",
      {point.file, stored.train.max_steps});
}

void keep_stored_lanes(RunConfig& config, const ResumePoint& point, std::int64_t world_size) {
  TrainConfig& train = config.train;
  if (train.lanes != 0 || point.lanes == 0) return;
  const std::int64_t batch =
      train.batch_per_rank > 0 ? train.batch_per_rank * world_size : train.batch_size;
  if (batch % point.lanes == 0) train.lanes = point.lanes;
}

std::vector<WindowChange> window_changes(const RunConfig& before, const RunConfig& now) {
  std::vector<WindowChange> changes;
  const auto compare = [&](std::string_view path, const std::string& was, const std::string& is,
                           bool changes_validation) {
    if (was != is) changes.push_back({label_at(path), was, is, changes_validation});
  };
  // Other validation files are other tokens, which no resume accepts.
  if (before.data.validation_files.empty() && now.data.validation_files.empty())
    compare("data.val_fraction", number_text(before.data.val_fraction),
            number_text(now.data.val_fraction), true);
  compare("data.stride", std::to_string(window_stride(before)), std::to_string(window_stride(now)),
          false);
  compare("train.seed", std::to_string(before.train.seed), std::to_string(now.train.seed), false);
  return changes;
}

std::vector<std::string> refused_changes(const std::vector<WindowChange>& changes,
                                         const ResumePoint& point) {
  std::vector<std::string> problems;
  if (point.cursor == 0) return problems;
  for (const WindowChange& change : changes)
    problems.push_back(sentence(
        "resuming {0} in the middle of an epoch: {1} is {2}, but the epoch was begun with {3}, and "
        "its windows would be others; go on with {3}, and change it when the epoch has ended",
        {point.file, change.label, change.now, change.before}));
  return problems;
}

bool changes_validation(const std::vector<WindowChange>& changes) {
  return std::ranges::any_of(changes, &WindowChange::changes_validation);
}

std::optional<std::string> changes_warning(const std::vector<WindowChange>& changes,
                                           const ResumePoint& point) {
  if (changes.empty()) return std::nullopt;
  std::string list;
  for (const WindowChange& change : changes)
    list += (list.empty() ? "" : ", ") +
            sentence("{0} is {1} and no longer {2}", {change.label, change.now, change.before});
  if (changes_validation(changes))
    return sentence(
        "resuming {0}: from here on {1}; the validation set is another one, so the best loss "
        "begins anew",
        {point.file, list});
  return sentence(
      "resuming {0}: from here on {1}; what is trained from here on is not what the run would have "
      "been",
      {point.file, list});
}

}  // namespace lockstep
