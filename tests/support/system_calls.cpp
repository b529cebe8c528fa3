// SPDX-License-Identifier: Apache-2.0
#include "support/system_calls.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <stdexcept>

namespace lockstep::test {
namespace {

// True if the call must fail; errno is set.
bool is_refused(const char* call) {
  SystemCalls& calls = system_calls();
  // Some tests call from several threads.
  const int count = ++std::atomic_ref(calls.count);
  if (count == calls.die_before) ::raise(SIGKILL);
  if (count < calls.failing_from) return false;
  const auto found = calls.failing.find(call);
  if (found == calls.failing.end()) return false;
  ++std::atomic_ref(calls.refused);
  errno = found->second;
  return true;
}

template <class... Arguments>
long made(const char* call, long number, Arguments... arguments) {
  return is_refused(call) ? -1 : ::syscall(number, arguments...);
}

template <class... Arguments>
int done(const char* call, long number, Arguments... arguments) {
  return static_cast<int>(made(call, number, arguments...));
}

}  // namespace

SystemCalls& system_calls() {
  static SystemCalls calls;
  return calls;
}

bool dies_before_call(int call, const std::function<void()>& work) {
  const pid_t child = ::fork();
  if (child < 0) throw std::runtime_error("fork failed");
  if (child == 0) {
    system_calls().count = 0;
    system_calls().die_before = call;
    try {
      work();
    } catch (const std::exception& error) {
      std::fprintf(stderr, "%s\n", error.what());
      std::_Exit(1);
    }
    std::_Exit(0);
  }
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) return true;
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
    throw std::runtime_error("the child process failed");
  return false;
}

}  // namespace lockstep::test

using lockstep::test::done;
using lockstep::test::made;
using lockstep::test::system_calls;

extern "C" {

int rename(const char* from, const char* to) noexcept {
  return done("rename", SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
}
int renameat2(int from_folder, const char* from, int to_folder, const char* to,
              unsigned flags) noexcept {
  return done("renameat2", SYS_renameat2, from_folder, from, to_folder, to, flags);
}
int link(const char* file, const char* name) noexcept {
  return done("link", SYS_linkat, AT_FDCWD, file, AT_FDCWD, name, 0);
}
int symlink(const char* target, const char* name) noexcept {
  return done("symlink", SYS_symlinkat, target, AT_FDCWD, name);
}
int unlink(const char* name) noexcept { return done("unlink", SYS_unlinkat, AT_FDCWD, name, 0); }
int unlinkat(int folder, const char* name, int flags) noexcept {
  return done("unlinkat", SYS_unlinkat, folder, name, flags);
}
int remove(const char* name) noexcept {
  const int result = done("remove", SYS_unlinkat, AT_FDCWD, name, 0);
  if (result == 0 || errno != EISDIR) return result;
  return static_cast<int>(::syscall(SYS_unlinkat, AT_FDCWD, name, AT_REMOVEDIR));
}
int mkdir(const char* name, mode_t mode) noexcept {
  return done("mkdir", SYS_mkdirat, AT_FDCWD, name, mode);
}
// Changes nothing, and is not counted.
int lstat(const char* name, struct stat* status) noexcept {
  const auto found = system_calls().failing.find("lstat");
  if (found == system_calls().failing.end())
    return static_cast<int>(::syscall(SYS_newfstatat, AT_FDCWD, name, status, AT_SYMLINK_NOFOLLOW));
  errno = found->second;
  return -1;
}
int fsync(int descriptor) {
  if (!system_calls().skip_fsync) return done("fsync", SYS_fsync, descriptor);
  return lockstep::test::is_refused("fsync") ? -1 : 0;
}
ssize_t pwrite(int descriptor, const void* bytes, size_t count, off_t offset) {
  return made("pwrite", SYS_pwrite64, descriptor, bytes, count, offset);
}
int fallocate(int descriptor, int mode, off_t offset, off_t bytes) {
  return done("fallocate", SYS_fallocate, descriptor, mode, offset, bytes);
}

}  // extern "C"
