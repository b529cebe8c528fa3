// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/directory.h"

#include <algorithm>

#include "base/error.h"
#include "base/file.h"
#include "checkpoint/names.h"
#include "checkpoint/retention.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;
constexpr ErrorKind kKind = ErrorKind::checkpoint;

// The names of the files in a folder; none if there is no such folder.
std::vector<std::string> file_names(const fs::path& folder) {
  std::vector<std::string> found;
  std::error_code error;
  if (!fs::exists(folder, error) && !error) return found;
  fs::directory_iterator entries(folder, error);
  for (; !error && entries != fs::directory_iterator(); entries.increment(error))
    found.push_back(entries->path().filename().string());
  if (error) throw Error(kKind, "listing " + folder.string() + ": " + error.message());
  std::ranges::sort(found);
  return found;
}

bool belongs_to_a_run(const std::string& name) {
  return name == names::kBest || name == names::kLatest || name == names::kMain ||
         name == names::kHistory || names::parse_epoch_file(name).has_value();
}

void remove_drafts(const fs::path& folder) {
  for (const std::string& name : file_names(folder)) {
    if (is_draft_name(name)) remove_durably(folder / name, kKind);
  }
}

}  // namespace

PublishPlan plan_publish(const TrainState& state, const std::vector<std::int64_t>& existing,
                         bool save_every_epoch, std::int64_t keep_last_n) {
  PublishPlan plan{
      .epoch_file = save_every_epoch, .best = state.best_epoch == state.epoch, .remove = {}};
  if (!save_every_epoch) return plan;
  std::vector<std::int64_t> present = existing;
  if (std::ranges::find(present, state.epoch) == present.end()) present.push_back(state.epoch);
  plan.remove = epochs_to_remove(std::move(present), keep_last_n, state.epoch);
  return plan;
}

bool CheckpointDirectory::holds_a_run() const {
  return std::ranges::any_of(file_names(path_), belongs_to_a_run);
}

std::vector<std::int64_t> CheckpointDirectory::epochs() const {
  std::vector<std::int64_t> found;
  for (const std::string& name : file_names(path_)) {
    if (const auto epoch = names::parse_epoch_file(name)) found.push_back(*epoch);
  }
  std::ranges::sort(found);
  return found;
}

void CheckpointDirectory::open() {
  make_directory(path_, kKind);
  make_directory(path_ / names::kText, kKind);
  remove_drafts(path_);
  remove_drafts(path_ / names::kText);
}

void CheckpointDirectory::remove_run() {
  // latest.pt first: a run without it is not resumed half removed.
  remove_durably(file(names::kLatest), kKind);
  for (const std::string& name : file_names(path_)) {
    if (belongs_to_a_run(name)) remove_durably(file(name), kKind);
  }
}

Published CheckpointDirectory::publish(const PublishPlan& plan, const TrainState& state,
                                       double old_best_loss,
                                       const std::function<void(const fs::path&)>& write) {
  const std::string written = plan.epoch_file ? names::epoch_file(state.epoch) : names::kMain;
  write(file(written));
  const auto bytes = static_cast<std::int64_t>(fs::file_size(file(written)));

  Published published;
  published.best_loss = state.best_loss;
  published.latest_file = {names::kLatest, bytes};
  published.main_file = {names::kMain, bytes};
  const auto name_also = [&](const char* name) {
    if (!link_durably(file(written), file(name), kKind)) published.names_are_copies = true;
  };
  if (plan.epoch_file) {
    published.epoch_file = PublishedFile{written, bytes};
    name_also(names::kMain);
  }
  if (plan.best) {
    name_also(names::kBest);
    published.best_file = PublishedFile{names::kBest, bytes};
    published.improvement = old_best_loss - state.val_loss;
  }
  write_durably(file(names::kHistory), history_to_json(state.history), kKind);
  name_also(names::kLatest);
  for (const std::int64_t epoch : plan.remove) {
    remove_durably(file(names::epoch_file(epoch)), kKind);
    published.removed.push_back(names::epoch_file(epoch));
  }
  return published;
}

}  // namespace lockstep
