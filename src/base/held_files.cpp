// SPDX-License-Identifier: Apache-2.0
#include "base/held_files.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <utility>

namespace lockstep {
namespace {

namespace fs = std::filesystem;

// File systems of this machine, where an open file needs no name.
constexpr std::array<unsigned long, 5> kLocal = {EXT4_SUPER_MAGIC, XFS_SUPER_MAGIC,
                                                 BTRFS_SUPER_MAGIC, F2FS_SUPER_MAGIC, TMPFS_MAGIC};

// A process has descriptors for little more than a thousand files where nobody asks for more.
constexpr std::size_t kMost = 256;

bool is_local(int descriptor) {
  struct ::statfs system = {};
  return ::fstatfs(descriptor, &system) == 0 &&
         std::ranges::find(kLocal, static_cast<unsigned long>(system.f_type)) != kLocal.end();
}

}  // namespace

HeldFiles::~HeldFiles() { let_go(); }

HeldFiles::HeldFiles(HeldFiles&& other) noexcept
    : descriptors_(std::exchange(other.descriptors_, {})) {}

HeldFiles& HeldFiles::operator=(HeldFiles&& other) noexcept {
  std::swap(descriptors_, other.descriptors_);
  return *this;
}

void HeldFiles::hold(const fs::path& path) {
  std::error_code error;
  const fs::file_type type = fs::symlink_status(path, error).type();
  if (type == fs::file_type::directory) {
    for (fs::directory_iterator entries(path, error), end; !error && entries != end;
         entries.increment(error))
      if (entries->is_regular_file(error)) hold(entries->path());
    return;
  }
  if (type != fs::file_type::regular || descriptors_.size() == kMost) return;
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (descriptor < 0) return;
  if (is_local(descriptor))
    descriptors_.push_back(descriptor);
  else
    ::close(descriptor);
}

void HeldFiles::let_go() {
  for (const int descriptor : std::exchange(descriptors_, {})) ::close(descriptor);
}

}  // namespace lockstep
