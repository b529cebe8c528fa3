// SPDX-License-Identifier: Apache-2.0
// The space that files take: by their names, and on the disk, where names of one file count once.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <utility>
#include <vector>

namespace lockstep {

struct FileStatus {
  std::pair<std::uint64_t, std::uint64_t> id;  // of the file, whatever its name
  std::int64_t bytes = 0;
  std::int64_t real_bytes = 0;  // on the disk
  std::int64_t links = 1;
  std::int64_t modified_seconds = 0;  // since 1970, UTC
};

// Absent if there is none: a run that goes on removes files. Throws Error(checkpoint) naming the
// file for all else. Does not follow a link.
std::optional<FileStatus> status_of(const std::filesystem::path& file);

// The regular files in a folder and below, without those behind symbolic links. What goes away
// meanwhile is left out, and so are folders that are closed to this user, as lost+found is.
std::vector<std::filesystem::path> files_below(const std::filesystem::path& folder);

class DiskUse {
 public:
  // A file that is not there takes nothing.
  void add(const std::filesystem::path& file);
  std::int64_t apparent_bytes() const { return apparent_bytes_; }
  std::int64_t real_bytes() const;
  // What removing the added names would free: the files that have no others.
  std::int64_t freed_bytes() const;

 private:
  struct AddedFile {
    FileStatus status;
    std::int64_t names = 0;
  };
  std::int64_t apparent_bytes_ = 0;
  std::map<std::pair<std::uint64_t, std::uint64_t>, AddedFile> files_;
};

}  // namespace lockstep
