// SPDX-License-Identifier: Apache-2.0
#include "app/checkpoint_verify.h"

#include <map>

#include "app/checkpoint_list.h"
#include "base/error.h"
#include "store/disk_use.h"
#include "store/verify.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;

// The names of each distinct file, in the order of their first ones.
std::vector<std::vector<fs::path>> by_file(const std::vector<fs::path>& files) {
  std::vector<std::vector<fs::path>> groups;
  std::map<decltype(FileStatus::id), std::size_t> places;
  for (const fs::path& file : files) {
    const auto [place, is_new] = places.try_emplace(status_of(file).id, groups.size());
    if (is_new) groups.emplace_back();
    groups[place->second].push_back(file);
  }
  return groups;
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
    rows.push_back(verify_one(directory.set(set.name)));
  for (const std::vector<fs::path>& names : by_file(training_files(directory))) {
    VerifiedRow row = verify_one(names.front());
    row.names.clear();
    for (const fs::path& name : names) row.names.push_back(name.filename().string());
    rows.push_back(std::move(row));
  }
  if (rows.empty())
    throw Error(ErrorKind::checkpoint,
                "verifying " + directory.path().string() + ": there are no checkpoints in it");
  return rows;
}

}  // namespace lockstep
