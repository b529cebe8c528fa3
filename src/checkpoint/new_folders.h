// SPDX-License-Identifier: Apache-2.0
// The folders of a run directory that a start makes. Where it ends before there is anything in
// them, they go again: a full disk at a first start leaves nothing.
#pragma once

#include <filesystem>
#include <vector>

namespace lockstep {

// THREADS: one rank.
class NewFolders {
 public:
  // Before any of them is made.
  explicit NewFolders(std::filesystem::path directory);
  // Removes those that were not there, where nothing is in them but this process's mark (owner.h),
  // unless another process that is alive has the directory.
  ~NewFolders();
  NewFolders(const NewFolders&) = delete;
  NewFolders& operator=(const NewFolders&) = delete;

 private:
  std::filesystem::path directory_;
  std::vector<std::filesystem::path> missing_;  // the deepest first
};

}  // namespace lockstep
