// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/file.h"
#include "base/sentence.h"
#include "base/temporary_path.h"

namespace lockstep {
namespace {

// Writes of this size and more go to the disk at once, so that fsync has less to wait for.
constexpr ssize_t kLargeWrite = 1 << 20;

// A hint: whether it was taken, fsync makes the bytes durable.
void start_write_back(int descriptor, std::int64_t offset, ssize_t count) {
  if (count >= kLargeWrite)
    static_cast<void>(::sync_file_range(descriptor, offset, count, SYNC_FILE_RANGE_WRITE));
}

constexpr bool knows_no_reserve(int error_number) {
  return error_number == EOPNOTSUPP || error_number == ENOSYS || error_number == EINVAL;
}

// " (12345 bytes are missing)"; empty where the file system does not say.
std::string missing_bytes(int descriptor, std::int64_t needed) {
  struct ::statvfs system = {};
  if (::fstatvfs(descriptor, &system) != 0 || system.f_blocks == 0) return "";
  const auto free = static_cast<std::int64_t>(system.f_bavail * system.f_frsize);
  if (free >= needed) return "";
  return " " + sentence(
                   "({0} bytes are needed, {1} are free: {2} bytes are missing; make room "
                   "there)",
                   {needed, free, needed - free});
}

// By which an open file can be named whatever its own name.
std::string own_link(int descriptor) { return "/proc/self/fd/" + std::to_string(descriptor); }

std::int64_t bytes_on_disk(int descriptor) {
  struct ::stat facts = {};
  constexpr std::int64_t kBlock = 512;  // of st_blocks, on every file system
  return ::fstat(descriptor, &facts) == 0 ? facts.st_blocks * kBlock : 0;
}

}  // namespace

SharedFile::SharedFile(std::filesystem::path path, ErrorKind kind)
    : path_(std::move(path)), kind_(kind) {
  do {
    descriptor_ = ::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  } while (descriptor_ < 0 && errno == EINTR);
  if (descriptor_ < 0) fail("open", errno);
  direct_.emplace(path_);
}

SharedFile::SharedFile(std::filesystem::path path, ErrorKind kind, int descriptor)
    : path_(std::move(path)), kind_(kind), descriptor_(descriptor) {
  direct_.emplace(own_link(descriptor));
}

std::unique_ptr<SharedFile> SharedFile::without_name(std::filesystem::path path, ErrorKind kind) {
  const std::filesystem::path folder = path.has_parent_path() ? path.parent_path() : ".";
  const int descriptor = ::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0666);
  if (descriptor < 0) return nullptr;
  if (::access(own_link(descriptor).c_str(), F_OK) == 0)
    return std::unique_ptr<SharedFile>(new SharedFile(std::move(path), kind, descriptor));
  ::close(descriptor);  // without /proc it would never get a name
  return nullptr;
}

SharedFile::~SharedFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

void SharedFile::fail(const std::string& call, int error_number) const {
  throw Error(kind_,
              sentence("writing {0}", {path_}) + ": " + call + ": " + errno_text(error_number));
}

void SharedFile::reserve(std::int64_t bytes) {
  // Asked before: a file system may take all that is left before it says that it is not enough, and
  // then others find nothing. Space that was just freed shows when all is written.
  const std::int64_t more = bytes - bytes_on_disk(descriptor_);
  if (!missing_bytes(descriptor_, more).empty()) {
    static_cast<void>(::syncfs(descriptor_));
    if (const std::string missing = missing_bytes(descriptor_, more); !missing.empty())
      fail("fallocate" + missing, ENOSPC);
  }
  int result = 0;
  do {
    // Not posix_fallocate: where the system cannot, that writes into every block, also over what
    // another process has just written.
    result = ::fallocate(descriptor_, 0, 0, std::max<std::int64_t>(bytes, 1));
  } while (result != 0 && errno == EINTR);
  if (result == 0) return;
  const int error_number = errno;
  if (knows_no_reserve(error_number)) return lengthen(bytes);
  if (error_number == ENOSPC) fail("fallocate" + missing_bytes(descriptor_, bytes), error_number);
  fail("fallocate", error_number);
}

void SharedFile::lengthen(std::int64_t bytes) {
  struct stat facts {};
  if (::fstat(descriptor_, &facts) != 0) fail("fstat", errno);
  if (facts.st_size >= bytes) return;
  int result = 0;
  do {
    result = ::ftruncate(descriptor_, bytes);
  } while (result != 0 && errno == EINTR);
  if (result != 0) fail("ftruncate", errno);
}

void SharedFile::write_at(std::int64_t offset, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const std::int64_t count = write_some(offset, bytes);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && errno == ENOSPC)
      fail("write" + missing_bytes(descriptor_, static_cast<std::int64_t>(bytes.size())), ENOSPC);
    if (count < 0) fail("write", errno);
    offset += count;
    bytes = bytes.subspan(static_cast<std::size_t>(count));
  }
}

// Whole pages of a large write go directly, what is left of it at both ends through the cache.
std::int64_t SharedFile::write_some(std::int64_t offset, std::span<const std::byte> bytes) {
  if (const std::int64_t count = direct_->write(offset, bytes); count != 0) return count;
  constexpr auto kPage = static_cast<std::int64_t>(kDirectAlignment);
  const auto to_next_page = static_cast<std::size_t>((kPage - offset % kPage) % kPage);
  const bool is_head =
      direct_->is_open() && to_next_page > 0 && bytes.size() >= to_next_page + kSmallestDirectWrite;
  const std::span<const std::byte> piece = is_head ? bytes.first(to_next_page) : bytes;
  const ssize_t count = ::pwrite(descriptor_, piece.data(), piece.size(), offset);
  if (count > 0) start_write_back(descriptor_, offset, count);
  return count;
}

void SharedFile::sync() {
  direct_.reset();
  int result = 0;
  do {
    result = ::fsync(descriptor_);
  } while (result != 0 && errno == EINTR);
  if (result != 0) fail("fsync", errno);
}

// EINTR of close leaves the descriptor closed on Linux, and fsync has made the bytes durable.
void SharedFile::close() {
  if (::close(std::exchange(descriptor_, -1)) != 0 && errno != EINTR) fail("close", errno);
}

void SharedFile::finish() {
  sync();
  close();
}

// link refuses a name that is taken; a rename replaces it.
void SharedFile::appear() {
  sync();
  const TemporaryPath draft(draft_path_for(path_));  // renamed by then, unless this fails
  if (::linkat(AT_FDCWD, own_link(descriptor_).c_str(), AT_FDCWD, draft.path().c_str(),
               AT_SYMLINK_FOLLOW) != 0)
    fail("linkat", errno);
  close();
  rename_durably(draft.path(), path_, kind_);
}

}  // namespace lockstep
