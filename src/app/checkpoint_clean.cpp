// SPDX-License-Identifier: Apache-2.0
#include "app/checkpoint_clean.h"

#include "app/checkpoint_list.h"
#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "base/sentence.h"
#include "checkpoint/names.h"
#include "checkpoint/retention.h"
#include "export/training_file.h"
#include "store/disk_use.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;

// What is damaged is not one of the checkpoints that stay, and is nobody's to remove unseen.
void leave(const std::string& problem) {
  log_warning(sentence("{0}; it stays, and does not count as kept", {problem}));
}

bool can_be_read(const fs::path& file) {
  try {
    TrainingFile(file).summary();
    return true;
  } catch (const Error& error) {
    if (may_be_there(file)) leave(error.what());
    return false;
  }
}

bool is_whole(const CheckpointDirectory& directory, const CommittedSet& set) {
  const std::string problem = problem_of_set(directory, set);
  if (problem.empty()) return true;
  const fs::path folder = directory.set(set.name);
  if (may_be_there(folder))
    leave(set.manifest ? sentence("looking at {0}", {folder}) + ": " + problem : problem);
  return false;
}

std::vector<std::string> old_epoch_files(const CheckpointDirectory& directory, std::int64_t keep) {
  std::vector<std::int64_t> epochs = directory.epochs();
  std::erase_if(epochs, [&](std::int64_t epoch) {
    return !can_be_read(directory.file(names::epoch_file(epoch)));
  });
  std::vector<std::string> files;
  if (epochs.empty()) return files;
  for (const std::int64_t epoch : epochs_to_remove(epochs, keep, /*written=*/epochs.back()))
    files.push_back(names::epoch_file(epoch));
  return files;
}

std::vector<std::string> old_sets(const CheckpointDirectory& directory, std::int64_t keep) {
  std::vector<KeptSet> sets;
  SetRetention rule{.keep_epochs = keep};
  for (const CommittedSet& set : directory.sets()) {
    if (!is_whole(directory, set)) continue;
    const TrainState& state = set.manifest->state;
    sets.push_back({.name = set.name, .age = set.manifest->age(), .epoch = state.epoch});
    rule.best_epoch = state.best_epoch;  // as the newest says, which comes last
    rule.written = set.name;
  }
  std::vector<std::string> old = sets_to_remove(sets, rule);
  for (const char* const link : {names::kBestSet, names::kLatestSet})
    if (const auto linked = directory.linked_set(link)) std::erase(old, *linked);
  return old;
}

std::int64_t bytes_of(const std::vector<fs::path>& files) {
  DiskUse use;
  for (const fs::path& file : files) use.add(file);
  return use.apparent_bytes();
}

// A run that goes on may remove it first.
void remove_set_if_there(const CheckpointDirectory& directory, const std::string& name) {
  try {
    directory.remove_set(name);
  } catch (const Error&) {
    if (may_be_there(directory.set(name))) throw;
  }
}

}  // namespace

CleanResult clean_checkpoints(const CheckpointDirectory& directory, std::int64_t keep,
                              CleanMode mode) {
  CleanResult result{.keep = keep, .dry_run = mode == CleanMode::dry_run};
  DiskUse use;
  for (const std::string& name : old_epoch_files(directory, keep)) {
    const fs::path file = directory.file(name);
    use.add(file);
    result.removed.push_back({name, bytes_of({file})});
  }
  for (const std::string& name : old_sets(directory, keep)) {
    const std::vector<fs::path> files = files_below(directory.set(name));
    for (const fs::path& file : files) use.add(file);
    result.removed_sets.push_back({name, bytes_of(files)});
  }
  result.freed_bytes = use.freed_bytes();
  result.shared_bytes = use.real_bytes() - use.freed_bytes();
  if (mode == CleanMode::dry_run) return result;
  for (const PublishedFile& file : result.removed)
    remove_durably(directory.file(file.name), ErrorKind::checkpoint);
  for (const PublishedFile& set : result.removed_sets) remove_set_if_there(directory, set.name);
  return result;
}

}  // namespace lockstep
