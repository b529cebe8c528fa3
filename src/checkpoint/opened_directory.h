// SPDX-License-Identifier: Apache-2.0
// The folder that the path of a run directory led to when the run began. Were it moved or removed
// while the run goes on, the next save would make a new one, and the run would lie in two.
#pragma once

#include <filesystem>
#include <string>

namespace lockstep {

// THREADS: one at a time.
class OpenedDirectory {
 public:
  // A folder that cannot be opened yet is the one that a later check() finds: a network file system
  // may show it late.
  explicit OpenedDirectory(std::filesystem::path path);
  ~OpenedDirectory();
  OpenedDirectory(const OpenedDirectory&) = delete;
  OpenedDirectory& operator=(const OpenedDirectory&) = delete;

  // Throws Error(checkpoint) if the path leads to nothing now, or to another folder while the one
  // that was opened is elsewhere. If that is no more, another one may take its place.
  void check();

 private:
  void open();
  bool was_removed() const;
  [[noreturn]] void fail(const std::string& found) const;

  std::filesystem::path path_;
  int descriptor_ = -1;  // while it is held, no other folder gets its number
};

}  // namespace lockstep
