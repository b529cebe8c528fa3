// SPDX-License-Identifier: Apache-2.0
// The log of the shim: each call as one line of JSON, then the bytes it wrote (FORMAT.md).
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "shim_plan.h"

enum { kMostLine = 16384 };

static int log_descriptor = -1;
static pthread_once_t once = PTHREAD_ONCE_INIT;
// Of the threads of this process, beside the lock of the file, which is that of the process.
static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;

static void open_log(void) {
  const char* path = getenv("LOCKSTEP_FAULTS_LOG");
  if (path == NULL) return;
  log_descriptor =
      (int)syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
}

void faults_log_begin(void) {
  pthread_once(&once, open_log);
  if (log_descriptor < 0) return;
  const int error_number = errno;
  pthread_mutex_lock(&turn);
  while (syscall(SYS_flock, log_descriptor, LOCK_EX) != 0 && errno == EINTR) continue;
  errno = error_number;
}

// The file name of the library or program that made the call.
static const char* caller_of(const struct FaultCall* call) {
  Dl_info found;
  if (dladdr(call->address, &found) == 0 || found.dli_fname == NULL) return "";
  const char* slash = strrchr(found.dli_fname, '/');
  return slash == NULL ? found.dli_fname : slash + 1;
}

// Appends the text as a JSON string. Control characters do not occur in our names.
static size_t append_string(char* line, size_t used, const char* text) {
  line[used++] = '"';
  for (; *text != '\0' && used < kMostLine - 256; ++text) {
    if (*text == '"' || *text == '\\') line[used++] = '\\';
    line[used++] = *text;
  }
  line[used++] = '"';
  return used;
}

static size_t append_field(char* line, size_t used, const char* key, const char* text) {
  if (text == NULL) return used;
  used += (size_t)snprintf(line + used, kMostLine - used, ",\"%s\":", key);
  return append_string(line, used, text);
}

void faults_log_end(const struct FaultCall* call, long long result, int error_number) {
  if (log_descriptor < 0) return;
  const size_t bytes = call->data != NULL && result > 0 ? (size_t)result : 0;
  char line[kMostLine];
  size_t used = (size_t)snprintf(
      line, sizeof(line),
      "{\"k\":%lld,\"rank\":%d,\"pid\":%d,\"call\":\"%s\",\"fd\":%d,\"offset\":%lld,"
      "\"length\":%lld,\"flags\":%lld,\"result\":%lld,\"errno\":%d,\"bytes\":%zu",
      call->number, faults_rank(), (int)getpid(), call->name, call->descriptor, call->offset,
      call->length, call->flags, result, error_number, bytes);
  used = append_field(line, used, "path", call->path);
  used = append_field(line, used, "to", call->to);
  used = append_field(line, used, "by", caller_of(call));
  line[used++] = '}';
  line[used++] = '\n';
  // One call, so that a process that is killed leaves no half of a record.
  const struct iovec parts[3] = {{line, used}, {(void*)call->data, bytes}, {"\n", 1}};
  if (syscall(SYS_writev, log_descriptor, parts, 3) < 0) _exit(99);
  syscall(SYS_flock, log_descriptor, LOCK_UN);
  pthread_mutex_unlock(&turn);
}
