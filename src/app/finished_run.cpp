// SPDX-License-Identifier: Apache-2.0
#include "app/finished_run.h"

#include <algorithm>
#include <filesystem>

#include "base/file.h"
#include "base/log.h"
#include "checkpoint/directory.h"
#include "checkpoint/owner.h"
#include "store/lost_files.h"
#include "store/verify.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;

bool holds_drafts(const fs::path& folder) {
  std::error_code error;
  fs::directory_iterator entries(folder, error);
  for (; !error && entries != fs::directory_iterator(); entries.increment(error))
    if (is_draft_name(entries->path().filename().string())) return true;
  return false;
}

bool awaits_names(const CheckpointDirectory& directory) {
  return std::ranges::any_of(directory.sets(), [&](const CommittedSet& set) {
    return may_be_there(directory.set(set.name) / names::kUnpublished);
  });
}

// A commit that a crash cut short, or remains of one.
bool awaits_a_start(const CheckpointDirectory& directory) {
  for (const fs::path& folder :
       {directory.path(), directory.file(names::kText), directory.file(names::kShards)})
    if (holds_drafts(folder)) return true;
  return !directory.leftovers().empty() || awaits_names(directory);
}

}  // namespace

// A step that is saved within an epoch has at least the validation before it.
bool has_ended(const TrainConfig& train, const TrainState& state) {
  const bool made_all_steps = train.max_steps > 0 && state.step >= train.max_steps;
  return state.epoch >= train.epochs || (made_all_steps && state.cursor == 0);
}

bool settle(const RunOrder& order) {
  const CheckpointDirectory directory(order.config.checkpoint.directory);
  // What is unfinished then is its work, and it gives its names itself.
  const bool is_another_at_work = !living_owner(directory.path()).empty();
  if (!is_another_at_work && awaits_a_start(directory)) return false;
  if (!verify_checkpoint(order.file).ok()) return false;
  if (is_another_at_work) return true;
  for (const LostFile& file :
       lost_files(directory, order.state, order.config.checkpoint.export_rule))
    log_warning(restored(file));
  return true;
}

}  // namespace lockstep
