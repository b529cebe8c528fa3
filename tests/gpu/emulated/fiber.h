// SPDX-License-Identifier: Apache-2.0
// A function with a stack of its own, which goes on where it left off. It is entered through
// glibc's ucontext, and left and resumed by jumps, which make no system calls. THREADS: all fibers
// of a program in one thread.
#pragma once

#include <setjmp.h>
#include <ucontext.h>

#include <cstddef>
#include <exception>
#include <functional>
#include <memory>

namespace lockstep::test {

class Fiber {
 public:
  Fiber();
  Fiber(const Fiber&) = delete;
  Fiber& operator=(const Fiber&) = delete;

  // What the next resume() begins. REQUIRES: whatever was begun before has ended.
  void start(std::function<void()> work);
  bool has_ended() const { return !work_; }
  // Goes on with the work until some fiber pauses or ends: its own, or one that was switched to.
  // Throws what the work throws, which ends it.
  void resume();
  // REQUIRES for both: called from within the work. Both return once someone goes on with it.
  void pause();
  void switch_to(Fiber& other);

 private:
  // Where to go on.
  struct Place {
    ucontext_t beginning{};
    jmp_buf jump{};
    bool has_begun = false;
  };
  static void enter();
  static void go(Place& from, Place& to);
  static Place calling_;   // whoever has called resume()
  static Fiber* entered_;  // by resume() or switch_to(), last

  std::unique_ptr<std::byte[]> stack_;
  std::function<void()> work_;
  Place place_;
};

}  // namespace lockstep::test
