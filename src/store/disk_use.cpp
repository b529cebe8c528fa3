// SPDX-License-Identifier: Apache-2.0
#include "store/disk_use.h"

#include <sys/stat.h>

#include <cerrno>
#include <system_error>

#include "base/error.h"
#include "base/sentence.h"

namespace lockstep {

namespace fs = std::filesystem;

namespace {

// Network file systems have a word of their own for it.
bool is_gone(const std::error_code& error) {
  return error.value() == ENOENT || error.value() == ENOTDIR || error.value() == ESTALE;
}

// One folder after the other: the library's own walk ends at the first that went away.
void add_files_below(const fs::path& folder, std::vector<fs::path>& files) {
  std::error_code error;
  fs::directory_iterator entries(folder, fs::directory_options::skip_permission_denied, error);
  for (; !error && entries != fs::directory_iterator(); entries.increment(error)) {
    std::error_code unseen;
    const fs::file_type type = fs::symlink_status(entries->path(), unseen).type();
    if (type == fs::file_type::regular) files.push_back(entries->path());
    if (type == fs::file_type::directory) add_files_below(entries->path(), files);
  }
  if (error && !is_gone(error))
    throw Error(ErrorKind::checkpoint,
                sentence("listing {0}: {1}", {folder, errno_text(error.value())}));
}

}  // namespace

std::optional<FileStatus> status_of(const fs::path& file) {
  constexpr std::int64_t kBlockBytes = 512;  // of st_blocks, whatever the file system
  struct ::stat status = {};
  if (::lstat(file.c_str(), &status) != 0) {
    if (is_gone({errno, std::generic_category()})) return std::nullopt;
    throw Error(ErrorKind::checkpoint,
                sentence("looking at {0}: stat failed: {1}", {file, errno_text(errno)}));
  }
  return FileStatus{.id = {status.st_dev, status.st_ino},
                    .bytes = status.st_size,
                    .real_bytes = status.st_blocks * kBlockBytes,
                    .links = static_cast<std::int64_t>(status.st_nlink),
                    .modified_seconds = status.st_mtime};
}

std::vector<fs::path> files_below(const fs::path& folder) {
  std::vector<fs::path> files;
  add_files_below(folder, files);
  return files;
}

void DiskUse::add(const fs::path& file) {
  const std::optional<FileStatus> status = status_of(file);
  if (!status) return;
  apparent_bytes_ += status->bytes;
  AddedFile& added = files_[status->id];
  added.status = *status;
  ++added.names;
}

std::int64_t DiskUse::real_bytes() const {
  std::int64_t bytes = 0;
  for (const auto& [id, file] : files_) bytes += file.status.real_bytes;
  return bytes;
}

std::int64_t DiskUse::freed_bytes() const {
  std::int64_t bytes = 0;
  for (const auto& [id, file] : files_)
    if (file.names >= file.status.links) bytes += file.status.real_bytes;
  return bytes;
}

}  // namespace lockstep
