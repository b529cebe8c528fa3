// SPDX-License-Identifier: Apache-2.0
#include "base/file.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <fstream>
#include <random>
#include <utility>

#include "base/sentence.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;
constexpr std::string_view kDraftMark = ".draft-";
constexpr std::size_t kDraftMarkDigits = 8;

// What was being done to a path, as a sentence that is made when it has failed.
using Doing = std::string (*)(const fs::path& path);

std::string copying(const fs::path& path) { return sentence("copying {0}", {path}); }
std::string creating_folder(const fs::path& path) {
  return sentence("creating the folder {0}", {path});
}
std::string looking_at(const fs::path& path) { return sentence("looking at {0}", {path}); }
std::string making_durable(const fs::path& path) { return sentence("making durable {0}", {path}); }
std::string reading(const fs::path& path) { return sentence("reading {0}", {path}); }
std::string removing(const fs::path& path) { return sentence("removing {0}", {path}); }
std::string renaming(const fs::path& path) { return sentence("renaming {0}", {path}); }
std::string writing(const fs::path& path) { return sentence("writing {0}", {path}); }

[[noreturn]] void fail_on(const fs::path& path, Doing doing, const std::string& call,
                          int error_number, ErrorKind kind) {
  throw Error(kind, doing(path) + ": " + call + ": " + errno_text(error_number));
}

int open_retried(const fs::path& path, int flags, mode_t mode = 0) {
  int descriptor = -1;
  do {
    descriptor = ::open(path.c_str(), flags | O_CLOEXEC, mode);
  } while (descriptor < 0 && errno == EINTR);
  return descriptor;
}

int fsync_retried(int descriptor) {
  int result = 0;
  do {
    result = ::fsync(descriptor);
  } while (result != 0 && errno == EINTR);
  return result;
}

// Opens `path` for reading, calls fsync on it and closes it. Whether that was possible is the error
// number: 0 if so.
struct SyncResult {
  const char* call;
  int error_number;
};
SyncResult sync_path(const fs::path& path, int flags) {
  const int descriptor = open_retried(path, O_RDONLY | flags);
  if (descriptor < 0) return {"open", errno};
  const int error_number = fsync_retried(descriptor) == 0 ? 0 : errno;
  ::close(descriptor);
  return {"fsync", error_number};
}

fs::path folder_of(const fs::path& path) {
  return path.has_parent_path() ? path.parent_path() : fs::path(".");
}

// A rename or unlink is durable only when its folder is.
void sync_directory_of(const fs::path& path, ErrorKind kind) {
  sync_directory(folder_of(path), kind);
}

void rename_now(const fs::path& from, const fs::path& to, ErrorKind kind) {
  if (::rename(from.c_str(), to.c_str()) != 0)
    fail_on(from, renaming, sentence("rename to {0}", {to.filename()}), errno, kind);
}

// The draft is gone afterwards, renamed or not.
void rename_draft(const fs::path& draft, const fs::path& name, ErrorKind kind) {
  if (::rename(draft.c_str(), name.c_str()) != 0) {
    const int error_number = errno;
    ::unlink(draft.c_str());
    fail_on(name, writing, "rename", error_number, kind);
  }
  sync_directory_of(name, kind);
}

bool knows_no_links(int error_number) {
  return error_number == EPERM || error_number == ENOSYS || error_number == EOPNOTSUPP ||
         error_number == EXDEV || error_number == EMLINK;
}

void copy_durably(const fs::path& file, const fs::path& name, ErrorKind kind) {
  std::ifstream source(file, std::ios::binary);
  if (!source) fail_on(file, copying, "open", errno, kind);
  DraftFile draft(name, kind);
  if (draft.clone(file)) return draft.commit();
  std::string block(1 << 20, '\0');
  while (source.read(block.data(), static_cast<std::streamsize>(block.size())) ||
         source.gcount() > 0)
    draft.write(std::string_view(block).substr(0, static_cast<std::size_t>(source.gcount())));
  if (source.bad()) fail_on(file, copying, "read", errno, kind);
  draft.commit();
}

}  // namespace

fs::file_type type_at(const fs::path& path, ErrorKind kind) {
  std::error_code error;
  const fs::file_type type = fs::status(path, error).type();
  if (type == fs::file_type::none) fail_on(path, looking_at, "stat", error.value(), kind);
  return type;
}

fs::file_type type_of_name(const fs::path& path, ErrorKind kind) {
  std::error_code error;
  const fs::file_type type = fs::symlink_status(path, error).type();
  if (type == fs::file_type::none) fail_on(path, looking_at, "stat", error.value(), kind);
  return type;
}

bool is_there(const fs::path& path, ErrorKind kind) {
  return type_at(path, kind) != fs::file_type::not_found;
}

bool is_name_taken(const fs::path& path, ErrorKind kind) {
  std::error_code error;
  return fs::is_symlink(fs::symlink_status(path, error)) || is_there(path, kind);
}

bool may_be_there(const fs::path& path) {
  std::error_code error;
  return fs::status(path, error).type() != fs::file_type::not_found;
}

bool is_folder(const fs::path& path, ErrorKind kind) {
  return type_at(path, kind) == fs::file_type::directory;
}

std::int64_t bytes_in(const fs::path& path, ErrorKind kind) {
  std::error_code error;
  const std::uintmax_t bytes = fs::file_size(path, error);
  if (error) fail_on(path, looking_at, "stat", error.value(), kind);
  return static_cast<std::int64_t>(bytes);
}

std::string file_identity(const fs::path& path, ErrorKind kind) {
  struct stat facts {};
  if (::stat(path.c_str(), &facts) != 0) fail_on(path, looking_at, "stat", errno, kind);
  // Not the device: each host numbers its own.
  return std::to_string(facts.st_ino) + ":" + std::to_string(facts.st_size) + ":" +
         std::to_string(facts.st_mtim.tv_sec) + "." + std::to_string(facts.st_mtim.tv_nsec);
}

std::string read_file(const fs::path& path, ErrorKind kind) {
  const int descriptor = open_retried(path, O_RDONLY);
  if (descriptor < 0) fail_on(path, reading, "open", errno, kind);
  std::string bytes;
  std::string block(1 << 16, '\0');
  for (;;) {
    const ssize_t count = ::read(descriptor, block.data(), block.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) {
      const int error_number = errno;
      ::close(descriptor);
      if (count < 0) fail_on(path, reading, "read", error_number, kind);
      return bytes;
    }
    bytes.append(block, 0, static_cast<std::size_t>(count));
  }
}

std::ptrdiff_t read_at(int descriptor, std::int64_t offset, std::span<std::byte> bytes) {
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t count = ::pread(descriptor, bytes.data() + done, bytes.size() - done,
                                  offset + static_cast<std::int64_t>(done));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return -1;
    if (count == 0) break;
    done += static_cast<std::size_t>(count);
  }
  return static_cast<std::ptrdiff_t>(done);
}

DraftFile::DraftFile(fs::path path, ErrorKind kind)
    : path_(std::move(path)), draft_path_(draft_path_for(path_)), kind_(kind) {
  // 0666: the umask decides, as it does for every other file of the user.
  descriptor_ = open_retried(draft_path_, O_RDWR | O_CREAT | O_EXCL, 0666);
  if (descriptor_ < 0) fail("open", errno);
}

DraftFile::~DraftFile() {
  if (descriptor_ < 0) return;
  ::close(descriptor_);
  ::unlink(draft_path_.c_str());
}

void DraftFile::fail(const std::string& call, int error_number) const {
  fail_on(path_, writing, call, error_number, kind_);
}

void DraftFile::write(std::span<const std::byte> bytes) {
  write_at(bytes_written_, bytes);
  bytes_written_ += static_cast<std::int64_t>(bytes.size());
}

void DraftFile::write_at(std::int64_t offset, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::pwrite(descriptor_, bytes.data(), bytes.size(), offset);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail("write", errno);
    offset += count;
    bytes = bytes.subspan(static_cast<std::size_t>(count));
  }
}

bool DraftFile::clone(const fs::path& file) {
  const int source = open_retried(file, O_RDONLY);
  if (source < 0) return false;
  struct ::stat status = {};
  const bool cloned = ::fstat(source, &status) == 0 && ::ioctl(descriptor_, FICLONE, source) == 0;
  ::close(source);
  if (cloned) bytes_written_ = status.st_size;
  return cloned;
}

void DraftFile::commit() {
  if (fsync_retried(descriptor_) != 0) fail("fsync", errno);
  // After a failed close the draft's fate is unknown: it is abandoned, never renamed. EINTR leaves
  // the descriptor closed on Linux, and fsync has made the bytes durable.
  const int descriptor = std::exchange(descriptor_, -1);
  if (::close(descriptor) != 0 && errno != EINTR) {
    const int error_number = errno;
    ::unlink(draft_path_.c_str());
    fail("close", error_number);
  }
  rename_draft(draft_path_, path_, kind_);
}

void write_durably(const fs::path& path, std::string_view bytes, ErrorKind kind) {
  DraftFile draft(path, kind);
  draft.write(bytes);
  draft.commit();
}

std::string new_mark() {
  std::array<char, kDraftMarkDigits + 1> digits{};
  std::snprintf(digits.data(), digits.size(), "%08x", std::random_device{}());
  return digits.data();
}

fs::path draft_path_for(const fs::path& path) {
  fs::path draft = path;
  draft += std::string(kDraftMark) + new_mark();
  return draft;
}

bool is_draft_name(std::string_view file_name) {
  const std::size_t mark = file_name.rfind(kDraftMark);
  if (mark == std::string_view::npos || mark == 0) return false;
  const std::string_view digits = file_name.substr(mark + kDraftMark.size());
  return digits.size() == kDraftMarkDigits &&
         digits.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

bool link_durably(const fs::path& file, const fs::path& name, ErrorKind kind) {
  // link() refuses an existing name; a draft name and a rename replace it in one step.
  const fs::path draft = draft_path_for(name);
  if (::link(file.c_str(), draft.c_str()) != 0) {
    if (!knows_no_links(errno)) fail_on(name, writing, "link", errno, kind);
    copy_durably(file, name, kind);
    return false;
  }
  rename_draft(draft, name, kind);
  // POSIX: renaming one link of a file over another link of it does nothing and leaves both.
  ::unlink(draft.c_str());
  return true;
}

bool remove_durably(const fs::path& path, ErrorKind kind) {
  if (::unlink(path.c_str()) != 0) {
    if (errno == ENOENT) return false;
    fail_on(path, removing, "unlink", errno, kind);
  }
  sync_directory_of(path, kind);
  return true;
}

void sync_file(const fs::path& path, ErrorKind kind) {
  const SyncResult result = sync_path(path, 0);
  if (result.error_number != 0)
    fail_on(path, making_durable, result.call, result.error_number, kind);
}

void sync_directory(const fs::path& path, ErrorKind kind) {
  const SyncResult result = sync_path(path, O_DIRECTORY);
  // Some network file systems refuse fsync on folders; there the rename is durable by itself.
  if (result.error_number != 0 && result.error_number != EINVAL)
    fail_on(path, making_durable, result.call, result.error_number, kind);
}

void rename_durably(const fs::path& from, const fs::path& to, ErrorKind kind) {
  rename_now(from, to, kind);
  sync_directory_of(to, kind);
}

void rename_folder_durably(const fs::path& from, const fs::path& to, ErrorKind kind) {
  rename_now(from, to, kind);
  try {
    sync_directory_of(to, kind);
  } catch (const Error&) {
    // Who is told of a failure removes what is new, by the name that it had.
    static_cast<void>(::rename(to.c_str(), from.c_str()));
    throw;
  }
}

bool exchange_durably(const fs::path& one, const fs::path& other, ErrorKind kind) {
  if (::renameat2(AT_FDCWD, one.c_str(), AT_FDCWD, other.c_str(), RENAME_EXCHANGE) != 0) {
    if (errno == EINVAL || errno == ENOSYS || errno == EOPNOTSUPP) return false;
    fail_on(one, renaming, sentence("exchange with {0}", {other.filename()}), errno, kind);
  }
  try {
    sync_directory_of(one, kind);
  } catch (const Error&) {
    // Who is told of a failure removes what is new, so that must have its old name again.
    static_cast<void>(::renameat2(AT_FDCWD, one.c_str(), AT_FDCWD, other.c_str(), RENAME_EXCHANGE));
    throw;
  }
  return true;
}

bool point_durably(const fs::path& link, const std::string& target, ErrorKind kind) {
  std::error_code error;
  const fs::file_type type = type_of_name(link, kind);
  if (type == fs::file_type::symlink && fs::read_symlink(link, error) == target) return true;
  // A rename would replace a file that is not ours.
  if (type != fs::file_type::symlink && type != fs::file_type::not_found) return false;
  const fs::path draft = draft_path_for(link);
  if (::symlink(target.c_str(), draft.c_str()) != 0) {
    if (errno == EPERM || errno == ENOSYS || errno == EOPNOTSUPP) return false;
    fail_on(link, writing, "symlink", errno, kind);
  }
  rename_draft(draft, link, kind);
  return true;
}

void remove_directory_durably(const fs::path& path, ErrorKind kind) {
  std::error_code error;
  const bool existed = fs::remove_all(path, error) > 0;
  // Over NFS a removed file that is still open keeps a name.
  if (error == std::errc::directory_not_empty)
    throw Error(kind, sentence("removing {0}: another program has files of it open, or writes into "
                               "it; what is left goes when a training starts there again",
                               {path}));
  if (error) fail_on(path, removing, "unlink", error.value(), kind);
  if (existed) sync_directory_of(path, kind);
}

void make_directory(const fs::path& path, ErrorKind kind) {
  const auto make = [&] { return ::mkdir(path.c_str(), 0777) == 0 ? 0 : errno; };
  int error_number = make();
  if (error_number == ENOENT) {
    // Each new folder is made durable in its own parent. Others may be making the same folders:
    // only a second answer counts, as in /proc, which is there and takes no folder.
    if (const fs::path folder = folder_of(path); folder != path) make_directory(folder, kind);
    error_number = make();
  }
  if (error_number == 0) return sync_directory_of(path, kind);
  if (std::error_code error; !fs::is_directory(path, error))
    fail_on(path, creating_folder, "mkdir", error_number, kind);
}

}  // namespace lockstep
