// SPDX-License-Identifier: Apache-2.0
// The system calls that change files and names, in the hands of a test: they are counted, made to
// fail, or the place where the process dies. A test program that is linked with this has them
// replaced; unless told otherwise they do what they always do.
#pragma once

#include <functional>
#include <map>
#include <string>

namespace lockstep::test {

struct SystemCalls {
  int count = 0;       // rename, link, symlink, unlink, mkdir, write, fsync, ... so far
  int die_before = 0;  // the count of the call that never returns; 0: none
  std::map<std::string, int> failing;  // "link" -> EPERM
  int failing_from = 0;                // the count of the first call that may be made to fail
  int refused = 0;                     // of the calls so far, those that were made to fail
  bool skip_fsync = false;             // for tests that look at names only
};

SystemCalls& system_calls();

// Puts everything back when a test ends.
class SystemCallsRestored {
 public:
  SystemCallsRestored() : before_(system_calls()) {}
  ~SystemCallsRestored() { system_calls() = before_; }
  SystemCallsRestored(const SystemCallsRestored&) = delete;
  SystemCallsRestored& operator=(const SystemCallsRestored&) = delete;

 private:
  SystemCalls before_;
};

// Runs `work` in a child process that is killed before its `call`-th system call, counted from 1.
// Returns whether it was; false if the work was done before.
bool dies_before_call(int call, const std::function<void()>& work);

}  // namespace lockstep::test
