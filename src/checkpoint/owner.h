// SPDX-License-Identifier: Apache-2.0
// Whose a run directory is: the process's that took it last. A job that was started a second time
// while the first still runs (a batch system that lost sight of a host does that) would otherwise
// remove what the other writes. Nothing stays locked: a directory left by a crash is simply taken.
// A run that goes on takes it from anybody, for its own process may hang; a new one only where
// nobody is seen to be at work.
#pragma once

#include <filesystem>
#include <string>

#include "base/error.h"

namespace lockstep {

// Another process has the directory now.
class DirectoryTaken : public Error {
 public:
  using Error::Error;
};

// Whether the mark in this file is that of a process that is alive on this host.
bool names_a_living(const std::filesystem::path& mark);

// "process 17 on node3", if one that is alive on this host has the directory; else empty. One on
// another host cannot be seen.
std::string living_owner(const std::filesystem::path& directory);

// Throws Error(usage), naming it, if a process that is alive on this host has the directory.
void refuse_if_owned(const std::filesystem::path& directory);

// Whether it is this process that has the directory.
bool has_own_mark(const std::filesystem::path& directory);
// Removes that mark, if there.
void remove_own_mark(const std::filesystem::path& directory);

// THREADS: check() from any.
class DirectoryOwner {
 public:
  // Takes the directory. `id`: of this process, like no other's. Throws Error(checkpoint) if that
  // cannot be written.
  DirectoryOwner(const std::filesystem::path& directory, std::string id);

  // Throws DirectoryTaken, naming who, if another has taken it since. A mark that is missing or
  // cannot be read is nobody's.
  void check() const;

 private:
  std::filesystem::path mark_;
  std::string id_;
};

}  // namespace lockstep
