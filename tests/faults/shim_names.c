// SPDX-License-Identifier: Apache-2.0
// The calls of the shim that change names, and those that copy between files.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "shim_paths.h"
#include "shim_plan.h"

enum { kMostCopied = 1 << 20 };

static int rename_at(int from_folder, const char* from, int to_folder, const char* to,
                     unsigned flags, const void* address) {
  char absolute[kMostPath];
  char absolute_to[kMostPath];
  const int from_is_watched = is_watched(from_folder, from, absolute);
  if (!is_watched(to_folder, to, absolute_to) && !from_is_watched)
    return (int)syscall(SYS_renameat2, from_folder, from, to_folder, to, flags);
  struct FaultCall call = {.name = (flags & RENAME_EXCHANGE) != 0 ? "exchange" : "rename",
                           .descriptor = -1,
                           .path = absolute,
                           .to = absolute_to,
                           .flags = flags,
                           .address = address};
  return (int)RUN(call, syscall(SYS_renameat2, from_folder, from, to_folder, to, flags));
}

EXPORTED int rename(const char* from, const char* to) {
  return rename_at(AT_FDCWD, from, AT_FDCWD, to, 0, CALLER);
}
EXPORTED int renameat(int from_folder, const char* from, int to_folder, const char* to) {
  return rename_at(from_folder, from, to_folder, to, 0, CALLER);
}
EXPORTED int renameat2(int from_folder, const char* from, int to_folder, const char* to,
                       unsigned flags) {
  return rename_at(from_folder, from, to_folder, to, flags, CALLER);
}

static int link_at(int file_folder, const char* file, int name_folder, const char* name, int flags,
                   const void* address) {
  char absolute[kMostPath];
  char absolute_name[kMostPath];
  const int file_is_watched = is_watched(file_folder, file, absolute);
  if (!is_watched(name_folder, name, absolute_name) && !file_is_watched)
    return (int)syscall(SYS_linkat, file_folder, file, name_folder, name, flags);
  struct FaultCall call = {.name = "link",
                           .descriptor = -1,
                           .path = absolute,
                           .to = absolute_name,
                           .flags = flags,
                           .address = address};
  return (int)RUN(call, syscall(SYS_linkat, file_folder, file, name_folder, name, flags));
}

EXPORTED int link(const char* file, const char* name) {
  return link_at(AT_FDCWD, file, AT_FDCWD, name, 0, CALLER);
}
EXPORTED int linkat(int file_folder, const char* file, int name_folder, const char* name,
                    int flags) {
  return link_at(file_folder, file, name_folder, name, flags, CALLER);
}

static int symlink_at(const char* target, int folder, const char* name, const void* address) {
  char absolute[kMostPath];
  if (!is_watched(folder, name, absolute)) return (int)syscall(SYS_symlinkat, target, folder, name);
  struct FaultCall call = {
      .name = "symlink", .descriptor = -1, .path = absolute, .to = target, .address = address};
  return (int)RUN(call, syscall(SYS_symlinkat, target, folder, name));
}

EXPORTED int symlink(const char* target, const char* name) {
  return symlink_at(target, AT_FDCWD, name, CALLER);
}
EXPORTED int symlinkat(const char* target, int folder, const char* name) {
  return symlink_at(target, folder, name, CALLER);
}

static int unlink_at(int folder, const char* path, int flags, const void* address) {
  char absolute[kMostPath];
  if (!is_watched(folder, path, absolute)) return (int)syscall(SYS_unlinkat, folder, path, flags);
  struct FaultCall call = {.name = (flags & AT_REMOVEDIR) != 0 ? "rmdir" : "unlink",
                           .descriptor = -1,
                           .path = absolute,
                           .address = address};
  return (int)RUN(call, syscall(SYS_unlinkat, folder, path, flags));
}

EXPORTED int unlink(const char* path) { return unlink_at(AT_FDCWD, path, 0, CALLER); }
EXPORTED int unlinkat(int folder, const char* path, int flags) {
  return unlink_at(folder, path, flags, CALLER);
}
EXPORTED int rmdir(const char* path) { return unlink_at(AT_FDCWD, path, AT_REMOVEDIR, CALLER); }
EXPORTED int remove(const char* path) {
  struct stat found;
  const int is_folder = lstat(path, &found) == 0 && S_ISDIR(found.st_mode);
  return unlink_at(AT_FDCWD, path, is_folder ? AT_REMOVEDIR : 0, CALLER);
}

static int mkdir_at(int folder, const char* path, mode_t mode, const void* address) {
  char absolute[kMostPath];
  if (!is_watched(folder, path, absolute)) return (int)syscall(SYS_mkdirat, folder, path, mode);
  struct FaultCall call = {
      .name = "mkdir", .descriptor = -1, .path = absolute, .length = mode, .address = address};
  return (int)RUN(call, syscall(SYS_mkdirat, folder, path, mode));
}

EXPORTED int mkdir(const char* path, mode_t mode) { return mkdir_at(AT_FDCWD, path, mode, CALLER); }
EXPORTED int mkdirat(int folder, const char* path, mode_t mode) {
  return mkdir_at(folder, path, mode, CALLER);
}

// Of all requests only FICLONE, which gives a file the bytes of another.
EXPORTED int ioctl(int descriptor, unsigned long request, ...) {
  va_list arguments;
  va_start(arguments, request);
  void* argument = va_arg(arguments, void*);
  va_end(arguments);
  char absolute[kMostPath];
  if (request != FICLONE || !is_opened(descriptor, absolute))
    return (int)syscall(SYS_ioctl, descriptor, request, argument);
  char source[kMostPath];
  struct FaultCall call = {.name = "clone",
                           .descriptor = descriptor,
                           .path = absolute,
                           .to = path_of_descriptor((int)(long)argument, source) ? source : NULL,
                           .address = CALLER};
  return (int)RUN(call, syscall(SYS_ioctl, descriptor, request, argument));
}

static off64_t place_of(int descriptor, const off64_t* offset) {
  return offset != NULL ? *offset : lseek(descriptor, 0, SEEK_CUR);
}

// Written as a read and a write, so that the log has the bytes.
EXPORTED ssize_t copy_file_range(int from, off64_t* from_offset, int to, off64_t* to_offset,
                                 size_t bytes, unsigned flags) {
  char absolute[kMostPath];
  if (!is_opened(to, absolute))
    return syscall(SYS_copy_file_range, from, from_offset, to, to_offset, bytes, flags);
  const size_t most = bytes < kMostCopied ? bytes : kMostCopied;
  char* data = malloc(most);
  const off64_t from_place = place_of(from, from_offset);
  ssize_t result = data == NULL ? -1 : pread(from, data, most, from_place);
  if (result > 0) {
    struct FaultCall call = {.name = "write",
                             .descriptor = to,
                             .path = absolute,
                             .data = data,
                             .offset = place_of(to, to_offset),
                             .length = result,
                             .address = CALLER};
    result = write_watched(&call);
  }
  free(data);
  if (result <= 0) return result;
  if (from_offset != NULL) *from_offset += result;
  if (from_offset == NULL) lseek(from, result, SEEK_CUR);
  if (to_offset != NULL) *to_offset += result;
  if (to_offset == NULL) lseek(to, result, SEEK_CUR);
  return result;
}
