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

}  // namespace

// A step that is saved within an epoch has at least the validation before it.
bool has_ended(const TrainConfig& train, const TrainState& state) {
  const bool made_all_steps = train.max_steps > 0 && state.step >= train.max_steps;
  return state.epoch >= train.epochs || (made_all_steps && state.cursor == 0);
}

bool settle(const RunOrder& order) {
  const CheckpointDirectory directory(order.config.checkpoint.directory);
  for (const fs::path& folder :
       {directory.path(), directory.file(names::kText), directory.file(names::kShards)})
    if (holds_drafts(folder)) return false;
  if (!directory.leftovers().empty() || awaits_names(directory)) return false;
  const std::vector<LostFile> lost =
      lost_files(directory, order.state, order.config.checkpoint.export_rule);
  // A process that is at work here gives its names itself.
  const bool restores =
      std::ranges::any_of(lost, [](const LostFile& file) { return bool(file.restore); });
  if (restores && !living_owner(directory.path()).empty()) return false;
  if (!verify_checkpoint(order.file).ok()) return false;
  for (const LostFile& file : lost) log_warning(restored(file));
  return true;
}

}  // namespace lockstep
