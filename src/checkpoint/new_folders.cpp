// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/new_folders.h"

#include <unistd.h>

#include <algorithm>
#include <system_error>
#include <utility>

#include "checkpoint/names.h"
#include "checkpoint/owner.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;

// A link to nothing is there.
bool is_missing(const fs::path& folder) {
  std::error_code error;
  return fs::symlink_status(folder, error).type() == fs::file_type::not_found;
}

bool holds_a_mark_alone(const fs::path& shards) {
  std::error_code error;
  fs::directory_iterator entries(shards, error);
  for (; !error && entries != fs::directory_iterator(); entries.increment(error))
    if (entries->path().filename() != names::kOwner) return false;
  return !error;
}

}  // namespace

NewFolders::NewFolders(fs::path directory) : directory_(std::move(directory)) {
  for (const char* const name : {names::kShards, names::kText})
    if (is_missing(directory_ / name)) missing_.push_back(directory_ / name);
  for (fs::path folder = directory_; !folder.empty() && is_missing(folder);
       folder = folder.parent_path())
    missing_.push_back(folder);
}

NewFolders::~NewFolders() {
  const fs::path shards = directory_ / names::kShards;
  if (std::ranges::find(missing_, shards) != missing_.end() && holds_a_mark_alone(shards))
    remove_own_mark(directory_);
  if (!has_own_mark(directory_) && !living_owner(directory_).empty()) return;
  for (const fs::path& folder : missing_) ::rmdir(folder.c_str());  // only empty ones, and no links
}

}  // namespace lockstep
