// SPDX-License-Identifier: Apache-2.0
#include "base/late_name.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <thread>

#include "base/sentence.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;
constexpr std::chrono::milliseconds kLongestNap{200};

// 0, or the error number.
int try_to_open(const fs::path& path) {
  int descriptor = -1;
  do {
    descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  } while (descriptor < 0 && errno == EINTR);
  if (descriptor < 0) return errno;
  ::close(descriptor);
  return 0;
}

// NFS asks its server again what a folder holds when the folder is opened.
void look_again_at_folder_of(const fs::path& path) {
  try_to_open(path.has_parent_path() ? path.parent_path() : fs::path("."));
}

bool is_late(int error_number) { return error_number == ENOENT || error_number == ESTALE; }

// 0, or the error number after `patience`.
int open_within(const fs::path& path, std::chrono::milliseconds patience) {
  const Clock::time_point limit = Clock::now() + patience;
  std::chrono::milliseconds nap{5};
  for (;;) {
    const int error_number = try_to_open(path);
    if (!is_late(error_number) || Clock::now() > limit) return error_number;
    std::this_thread::sleep_for(nap);
    nap = std::min(nap * 2, kLongestNap);
    look_again_at_folder_of(path);
  }
}

}  // namespace

bool appears(const fs::path& path, ErrorKind kind, std::chrono::milliseconds patience) {
  const int error_number = open_within(path, patience);
  if (error_number != 0 && !is_late(error_number))
    throw Error(kind, sentence("opening {0}: {1}", {path, errno_text(error_number)}));
  return error_number == 0;
}

void wait_for_name(const fs::path& path, ErrorKind kind, std::chrono::milliseconds patience) {
  if (const int error_number = open_within(path, patience))
    throw Error(kind, sentence("opening {0}: {1}; another rank has made it: is it on a file system "
                               "that all hosts share?",
                               {path, errno_text(error_number)}));
}

}  // namespace lockstep
