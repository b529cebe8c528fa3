// SPDX-License-Identifier: Apache-2.0
// A folder as a client of a network file system shows it (FUSE): what is written stays on this host
// until it is synced or closed, and goes to the folder in whole pages, with what this host last
// knew of their other bytes; names and attributes, also that a name is not there, are believed for
// some seconds; a removed file that is still open keeps a hidden name; there are no files without a
// name, no exchange of two names and no reserved space. Two of these over one folder are two hosts.
//
//   network_disk FOLDER MOUNTPOINT SECONDS links|no-links      in the foreground
//
// Unlike a real one it never learns that another host has made a file longer, or put a longer one
// in its place, if it knows it already.
#define FUSE_USE_VERSION 314
#include <dirent.h>
#include <fcntl.h>
#include <fuse3/fuse.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

namespace {

int folder = -1;
double seconds_believed = 0;
bool has_links = true;

// FUSE's paths begin with a slash.
const char* below(const char* path) { return path[1] == '\0' ? "." : path + 1; }
int outcome(int result) { return result < 0 ? -errno : 0; }
int descriptor(const fuse_file_info* file) { return static_cast<int>(file->fh); }

void* begin(fuse_conn_info* connection, fuse_config* config) {
  connection->want |= connection->capable & FUSE_CAP_WRITEBACK_CACHE;
  config->use_ino = 1;
  config->auto_cache = 1;
  config->attr_timeout = seconds_believed;
  config->entry_timeout = seconds_believed;
  config->negative_timeout = seconds_believed;
  return nullptr;
}

int attributes(const char* path, struct stat* found, fuse_file_info* file) {
  if (file != nullptr) return outcome(fstat(descriptor(file), found));
  return outcome(fstatat(folder, below(path), found, AT_SYMLINK_NOFOLLOW));
}

int read_link(const char* path, char* target, std::size_t size) {
  const ssize_t length = readlinkat(folder, below(path), target, size - 1);
  if (length < 0) return -errno;
  target[length] = '\0';
  return 0;
}

int make_folder(const char* path, mode_t mode) {
  return outcome(mkdirat(folder, below(path), mode));
}
int remove_file(const char* path) { return outcome(unlinkat(folder, below(path), 0)); }
int remove_folder(const char* path) { return outcome(unlinkat(folder, below(path), AT_REMOVEDIR)); }
int make_symbolic_link(const char* target, const char* path) {
  return outcome(symlinkat(target, folder, below(path)));
}
int rename_to(const char* from, const char* to, unsigned flags) {
  if (flags != 0) return -EINVAL;
  return outcome(renameat(folder, below(from), folder, below(to)));
}
int make_link(const char* from, const char* to) {
  if (!has_links) return -EPERM;
  return outcome(linkat(folder, below(from), folder, below(to), 0));
}
int set_mode(const char* path, mode_t mode, fuse_file_info* /*file*/) {
  return outcome(fchmodat(folder, below(path), mode, 0));
}
int set_owner(const char* path, uid_t user, gid_t group, fuse_file_info* /*file*/) {
  return outcome(fchownat(folder, below(path), user, group, AT_SYMLINK_NOFOLLOW));
}
int set_times(const char* path, const timespec times[2], fuse_file_info* /*file*/) {
  return outcome(utimensat(folder, below(path), times, AT_SYMLINK_NOFOLLOW));
}

// The kernel reads the rest of a page also of a file that is open for writing alone, and knows by
// itself where the end of a file is.
int open_as(const char* path, int flags, mode_t mode, fuse_file_info* file) {
  flags &= ~(O_APPEND | O_DIRECT);
  if ((flags & O_ACCMODE) == O_WRONLY) flags = (flags & ~O_ACCMODE) | O_RDWR;
  const int opened = openat(folder, below(path), flags | O_CLOEXEC, mode);
  if (opened < 0) return -errno;
  file->fh = static_cast<std::uint64_t>(opened);
  return 0;
}
int open_file(const char* path, fuse_file_info* file) {
  return open_as(path, file->flags, 0, file);
}
int create_file(const char* path, mode_t mode, fuse_file_info* file) {
  return open_as(path, file->flags | O_CREAT, mode, file);
}

int cut_file(const char* path, off_t size, fuse_file_info* file) {
  if (file != nullptr) return outcome(ftruncate(descriptor(file), size));
  fuse_file_info opened{};
  if (const int error = open_as(path, O_WRONLY, 0, &opened); error != 0) return error;
  const int result = outcome(ftruncate(descriptor(&opened), size));
  close(descriptor(&opened));
  return result;
}

int read_bytes(const char* /*path*/, char* to, std::size_t size, off_t at, fuse_file_info* file) {
  const ssize_t done = pread(descriptor(file), to, size, at);
  return done < 0 ? -errno : static_cast<int>(done);
}
int write_bytes(const char* /*path*/, const char* from, std::size_t size, off_t at,
                fuse_file_info* file) {
  const ssize_t done = pwrite(descriptor(file), from, size, at);
  return done < 0 ? -errno : static_cast<int>(done);
}
int sync_file(const char* /*path*/, int data_only, fuse_file_info* file) {
  return outcome(data_only != 0 ? fdatasync(descriptor(file)) : fsync(descriptor(file)));
}
int close_file(const char* /*path*/, fuse_file_info* file) {
  return outcome(close(descriptor(file)));
}

int list_folder(const char* path, void* names, fuse_fill_dir_t add, off_t /*at*/,
                fuse_file_info* /*file*/, fuse_readdir_flags /*flags*/) {
  const int opened = openat(folder, below(path), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (opened < 0) return -errno;
  const std::unique_ptr<DIR, int (*)(DIR*)> entries(fdopendir(opened), closedir);
  while (const dirent* entry = readdir(entries.get())) {
    struct stat facts {};
    facts.st_ino = entry->d_ino;
    facts.st_mode = static_cast<mode_t>(entry->d_type) << 12U;
    add(names, entry->d_name, &facts, 0, static_cast<fuse_fill_dir_flags>(0));
  }
  return 0;
}

int sync_folder(const char* path, int /*data_only*/, fuse_file_info* /*file*/) {
  const int opened = openat(folder, below(path), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (opened < 0) return -errno;
  const int result = outcome(fsync(opened));
  close(opened);
  return result;
}

int disk_facts(const char* /*path*/, struct statvfs* facts) {
  return outcome(fstatvfs(folder, facts));
}

fuse_operations operations() {
  fuse_operations all{};
  all.init = begin;
  all.getattr = attributes;
  all.readlink = read_link;
  all.mkdir = make_folder;
  all.unlink = remove_file;
  all.rmdir = remove_folder;
  all.symlink = make_symbolic_link;
  all.rename = rename_to;
  all.link = make_link;
  all.chmod = set_mode;
  all.chown = set_owner;
  all.utimens = set_times;
  all.truncate = cut_file;
  all.open = open_file;
  all.create = create_file;
  all.read = read_bytes;
  all.write = write_bytes;
  all.fsync = sync_file;
  all.release = close_file;
  all.readdir = list_folder;
  all.fsyncdir = sync_folder;
  all.statfs = disk_facts;
  return all;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) {
    std::fprintf(stderr, "usage: network_disk FOLDER MOUNTPOINT SECONDS links|no-links\n");
    return 2;
  }
  umask(0);  // the kernel has applied that of who asks
  folder = open(argv[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) {
    std::perror(argv[1]);
    return 1;
  }
  seconds_believed = std::strtod(argv[3], nullptr);
  has_links = std::string_view(argv[4]) == "links";
  std::string foreground = "-f";
  char* arguments[] = {argv[0], argv[2], foreground.data(), nullptr};
  const fuse_operations all = operations();
  return fuse_main(3, arguments, &all, nullptr);
}
