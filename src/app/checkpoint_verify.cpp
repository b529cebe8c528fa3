// SPDX-License-Identifier: Apache-2.0
#include "app/checkpoint_verify.h"

#include <map>
#include <optional>
#include <utility>

#include "app/checkpoint_list.h"
#include "base/error.h"
#include "base/file.h"
#include "base/sentence.h"
#include "store/disk_use.h"
#include "store/verify.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;

// The names of each distinct file, in the order of their first ones. Without those that a run which
// goes on has removed.
std::vector<std::vector<fs::path>> by_file(const std::vector<fs::path>& files) {
  std::vector<std::vector<fs::path>> groups;
  std::map<decltype(FileStatus::id), std::size_t> places;
  for (const fs::path& file : files) {
    const std::optional<FileStatus> status = status_of(file);
    if (!status) continue;
    const auto [place, is_new] = places.try_emplace(status->id, groups.size());
    if (is_new) groups.emplace_back();
    groups[place->second].push_back(file);
  }
  return groups;
}

// Absent if what had a problem is not there any more.
std::optional<VerifiedRow> verify_if_there(const fs::path& checkpoint) {
  VerifiedRow row = verify_one(checkpoint);
  if (!row.problems.empty() && !may_be_there(checkpoint)) return std::nullopt;
  return row;
}

// By the first of its names that is still there.
std::optional<VerifiedRow> verify_file(const std::vector<fs::path>& names) {
  std::optional<VerifiedRow> row;
  for (const fs::path& name : names)
    if (!row) row = verify_if_there(name);
  if (!row) return std::nullopt;
  row->names.clear();
  for (const fs::path& name : names) row->names.push_back(name.filename().string());
  return row;
}

}  // namespace

VerifiedRow verify_one(const fs::path& checkpoint) {
  const Verification verification = verify_checkpoint(checkpoint);
  return {
      .names = {verification.name}, .root = verification.root, .problems = verification.problems};
}

std::vector<VerifiedRow> verify_all(const CheckpointDirectory& directory) {
  std::vector<VerifiedRow> rows;
  for (const CommittedSet& set : directory.sets())
    if (auto row = verify_if_there(directory.set(set.name))) rows.push_back(std::move(*row));
  for (const std::vector<fs::path>& names : by_file(training_files(directory)))
    if (auto row = verify_file(names)) rows.push_back(std::move(*row));
  if (rows.empty())
    throw Error(ErrorKind::checkpoint,
                sentence("verifying {0}: there are no checkpoints in it", {directory.path()}));
  return rows;
}

}  // namespace lockstep
