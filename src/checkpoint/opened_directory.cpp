// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/opened_directory.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <utility>

#include "base/error.h"
#include "base/sentence.h"

namespace lockstep {

OpenedDirectory::OpenedDirectory(std::filesystem::path path) : path_(std::move(path)) { open(); }

OpenedDirectory::~OpenedDirectory() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

void OpenedDirectory::open() {
  if (descriptor_ >= 0) ::close(descriptor_);
  descriptor_ = ::open(path_.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
}

bool OpenedDirectory::was_removed() const {
  struct ::stat opened = {};
  return ::fstat(descriptor_, &opened) != 0 || opened.st_nlink == 0;
}

void OpenedDirectory::fail(const std::string& found) const {
  throw Error(ErrorKind::checkpoint, sentence("using the run directory {0}: {1}", {path_, found}));
}

// What cannot be looked at for another reason says so when it is written to.
void OpenedDirectory::check() {
  if (descriptor_ < 0) return open();
  struct ::stat now = {};
  struct ::stat opened = {};
  if (::stat(path_.c_str(), &now) != 0) {
    if (errno != ENOENT && errno != ENOTDIR) return;
    fail(sentence(
        "it is not there any more; move it back, or, where it is lost, make an empty folder of "
        "that name, and the run saves there"));
  }
  if (::fstat(descriptor_, &opened) == 0 && opened.st_dev == now.st_dev &&
      opened.st_ino == now.st_ino)
    return;
  if (was_removed()) return open();
  fail(sentence(
      "it is not the folder any more that the run began with, which is elsewhere now; put that "
      "back, or stop the run and resume it where that is"));
}

}  // namespace lockstep
