// SPDX-License-Identifier: Apache-2.0
// liblockstep_faults.so, preloaded: every call of the program that changes files below one folder
// is counted and may be made to fail, to stop or to be the last one (FORMAT.md). All other calls
// pass through.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "shim_paths.h"
#include "shim_plan.h"

static int open_at(int folder, const char* path, int flags, mode_t mode, const void* address) {
  char absolute[kMostPath];
  if (!is_watched(folder, path, absolute)) {
    const int descriptor = (int)syscall(SYS_openat, folder, path, flags, mode);
    mark_opened(descriptor, 0);
    return descriptor;
  }
  struct FaultCall call = {.name = "open",
                           .descriptor = -1,
                           .path = absolute,
                           .flags = flags,
                           .length = mode,
                           .address = address};
  const int descriptor = (int)RUN(call, syscall(SYS_openat, folder, path, flags, mode));
  mark_opened(descriptor, 1);
  return descriptor;
}

#define MODE_OF(flags)                                           \
  __extension__({                                                \
    mode_t mode_found = 0;                                       \
    if (((flags)&O_CREAT) || ((flags)&O_TMPFILE) == O_TMPFILE) { \
      va_list arguments;                                         \
      va_start(arguments, flags);                                \
      mode_found = (mode_t)va_arg(arguments, unsigned);          \
      va_end(arguments);                                         \
    }                                                            \
    mode_found;                                                  \
  })

EXPORTED int open(const char* path, int flags, ...) {
  return open_at(AT_FDCWD, path, flags, MODE_OF(flags), CALLER);
}
EXPORTED int open64(const char* path, int flags, ...) {
  return open_at(AT_FDCWD, path, flags, MODE_OF(flags), CALLER);
}
EXPORTED int openat(int folder, const char* path, int flags, ...) {
  return open_at(folder, path, flags, MODE_OF(flags), CALLER);
}
EXPORTED int openat64(int folder, const char* path, int flags, ...) {
  return open_at(folder, path, flags, MODE_OF(flags), CALLER);
}
EXPORTED int creat(const char* path, mode_t mode) {
  return open_at(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode, CALLER);
}
EXPORTED int creat64(const char* path, mode_t mode) {
  return open_at(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode, CALLER);
}
// What open() becomes in programs built with _FORTIFY_SOURCE.
EXPORTED int __open_2(const char* path, int flags) {
  return open_at(AT_FDCWD, path, flags, 0, CALLER);
}
EXPORTED int __open64_2(const char* path, int flags) {
  return open_at(AT_FDCWD, path, flags, 0, CALLER);
}
EXPORTED int __openat_2(int folder, const char* path, int flags) {
  return open_at(folder, path, flags, 0, CALLER);
}
EXPORTED int __openat64_2(int folder, const char* path, int flags) {
  return open_at(folder, path, flags, 0, CALLER);
}

// `offset` -1: where the descriptor stands.
static ssize_t write_raw(int descriptor, const void* data, size_t bytes, off_t offset) {
  if (offset < 0) return syscall(SYS_write, descriptor, data, bytes);
  return syscall(SYS_pwrite64, descriptor, data, bytes, offset);
}

// A write that comes to the end of the room is cut short there, as on a real disk.
static size_t cut_to_room(size_t bytes) {
  const long long room = faults_room();
  return room < (long long)bytes ? (size_t)room : bytes;
}

ssize_t write_watched(struct FaultCall* call) {
  const enum FaultVerdict verdict = faults_begin(call);
  size_t bytes = cut_to_room((size_t)call->length);
  if (verdict == kFaultHalf) bytes = (size_t)call->length / 2;
  ssize_t result = -1;
  if (verdict != kFaultFail) result = write_raw(call->descriptor, call->data, bytes, call->offset);
  if (call->offset < 0 && result > 0) call->offset = lseek(call->descriptor, 0, SEEK_CUR) - result;
  faults_end(call, result);
  return result;
}

static ssize_t write_at(int descriptor, const void* data, size_t bytes, off_t offset,
                        const void* address) {
  char absolute[kMostPath];
  if (!is_opened(descriptor, absolute)) return write_raw(descriptor, data, bytes, offset);
  struct FaultCall call = {.name = "write",
                           .descriptor = descriptor,
                           .path = absolute,
                           .data = data,
                           .offset = offset,
                           .length = (long long)bytes,
                           .address = address};
  return write_watched(&call);
}

EXPORTED ssize_t write(int descriptor, const void* data, size_t bytes) {
  return write_at(descriptor, data, bytes, -1, CALLER);
}
EXPORTED ssize_t pwrite(int descriptor, const void* data, size_t bytes, off_t offset) {
  return write_at(descriptor, data, bytes, offset, CALLER);
}
EXPORTED ssize_t pwrite64(int descriptor, const void* data, size_t bytes, off_t offset) {
  return write_at(descriptor, data, bytes, offset, CALLER);
}

// Below the folder the parts are written as one piece, so that the log has their bytes together.
static ssize_t write_parts(int descriptor, const struct iovec* parts, int count, off_t offset,
                           const void* address) {
  char absolute[kMostPath];
  if (!is_opened(descriptor, absolute)) {
    if (offset < 0) return syscall(SYS_writev, descriptor, parts, count);
    return syscall(SYS_pwritev, descriptor, parts, count, (unsigned long)offset, 0UL);
  }
  size_t bytes = 0;
  for (int i = 0; i < count; ++i) bytes += parts[i].iov_len;
  char* joined = malloc(bytes == 0 ? 1 : bytes);
  if (joined == NULL) return -1;
  size_t used = 0;
  for (int i = 0; i < count; ++i) {
    memcpy(joined + used, parts[i].iov_base, parts[i].iov_len);
    used += parts[i].iov_len;
  }
  const ssize_t result = write_at(descriptor, joined, bytes, offset, address);
  free(joined);
  return result;
}

EXPORTED ssize_t writev(int descriptor, const struct iovec* parts, int count) {
  return write_parts(descriptor, parts, count, -1, CALLER);
}
EXPORTED ssize_t pwritev(int descriptor, const struct iovec* parts, int count, off_t offset) {
  return write_parts(descriptor, parts, count, offset, CALLER);
}
EXPORTED ssize_t pwritev64(int descriptor, const struct iovec* parts, int count, off_t offset) {
  return write_parts(descriptor, parts, count, offset, CALLER);
}

static int truncate_at(int descriptor, off_t length, const void* address) {
  char absolute[kMostPath];
  if (!is_opened(descriptor, absolute)) return (int)syscall(SYS_ftruncate, descriptor, length);
  struct FaultCall call = {.name = "truncate",
                           .descriptor = descriptor,
                           .path = absolute,
                           .length = length,
                           .address = address};
  return (int)RUN(call, syscall(SYS_ftruncate, descriptor, length));
}

EXPORTED int ftruncate(int descriptor, off_t length) {
  return truncate_at(descriptor, length, CALLER);
}
EXPORTED int ftruncate64(int descriptor, off_t length) {
  return truncate_at(descriptor, length, CALLER);
}

static int allocate_at(int descriptor, int mode, off_t offset, off_t length, const void* address) {
  char absolute[kMostPath];
  if (!is_opened(descriptor, absolute))
    return (int)syscall(SYS_fallocate, descriptor, mode, offset, length);
  struct FaultCall call = {.name = "allocate",
                           .descriptor = descriptor,
                           .path = absolute,
                           .offset = offset,
                           .length = length,
                           .flags = mode,
                           .address = address};
  return (int)RUN(call, syscall(SYS_fallocate, descriptor, mode, offset, length));
}

EXPORTED int fallocate(int descriptor, int mode, off_t offset, off_t length) {
  return allocate_at(descriptor, mode, offset, length, CALLER);
}
EXPORTED int fallocate64(int descriptor, int mode, off_t offset, off_t length) {
  return allocate_at(descriptor, mode, offset, length, CALLER);
}
// The only one here that returns its error.
EXPORTED int posix_fallocate(int descriptor, off_t offset, off_t length) {
  const int error_number = errno;
  const int result = allocate_at(descriptor, 0, offset, length, CALLER) == 0 ? 0 : errno;
  errno = error_number;
  return result;
}
EXPORTED int posix_fallocate64(int descriptor, off_t offset, off_t length) {
  const int error_number = errno;
  const int result = allocate_at(descriptor, 0, offset, length, CALLER) == 0 ? 0 : errno;
  errno = error_number;
  return result;
}

static int sync_at(int descriptor, long number, const void* address) {
  char absolute[kMostPath];
  if (!is_opened(descriptor, absolute)) return (int)syscall(number, descriptor);
  struct FaultCall call = {
      .name = "sync", .descriptor = descriptor, .path = absolute, .address = address};
  return (int)RUN(call, syscall(number, descriptor));
}

EXPORTED int fsync(int descriptor) { return sync_at(descriptor, SYS_fsync, CALLER); }
EXPORTED int fdatasync(int descriptor) { return sync_at(descriptor, SYS_fdatasync, CALLER); }

// Makes nothing durable: it knows nothing of the file's size and the disk's cache.
EXPORTED int sync_file_range(int descriptor, off64_t offset, off64_t length, unsigned flags) {
  char absolute[kMostPath];
  if (!is_opened(descriptor, absolute))
    return (int)syscall(SYS_sync_file_range, descriptor, offset, length, flags);
  struct FaultCall call = {.name = "sync_range",
                           .descriptor = descriptor,
                           .path = absolute,
                           .offset = offset,
                           .length = length,
                           .flags = flags,
                           .address = CALLER};
  return (int)RUN(call, syscall(SYS_sync_file_range, descriptor, offset, length, flags));
}

// Linux closes the descriptor whatever close() returns.
EXPORTED int close(int descriptor) {
  char absolute[kMostPath];
  if (!is_opened(descriptor, absolute)) return (int)syscall(SYS_close, descriptor);
  struct FaultCall call = {
      .name = "close", .descriptor = descriptor, .path = absolute, .address = CALLER};
  const enum FaultVerdict verdict = faults_begin(&call);
  const int error_number = errno;
  mark_opened(descriptor, 0);
  int result = (int)syscall(SYS_close, descriptor);
  if (verdict == kFaultFail) {
    result = -1;
    errno = error_number;
  }
  faults_end(&call, result);
  return result;
}
