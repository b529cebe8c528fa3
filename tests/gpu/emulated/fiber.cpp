// SPDX-License-Identifier: Apache-2.0
#include "gpu/emulated/fiber.h"

#include <utility>

// What the address sanitizer wants to hear of a change of stacks.
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define LOCKSTEP_TELLS_OF_STACKS
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define LOCKSTEP_TELLS_OF_STACKS
#endif
#ifdef LOCKSTEP_TELLS_OF_STACKS
#include <sanitizer/common_interface_defs.h>
#endif

namespace lockstep::test {
namespace {

constexpr std::size_t kStackBytes = std::size_t{128} * 1024;

// Of whoever has called resume().
struct Caller {
  std::exception_ptr failure;
  const void* stack = nullptr;  // as the sanitizer told
  std::size_t stack_bytes = 0;
};
Caller caller;

void will_switch([[maybe_unused]] void** fake_stack, [[maybe_unused]] const void* stack,
                 [[maybe_unused]] std::size_t bytes) {
#ifdef LOCKSTEP_TELLS_OF_STACKS
  __sanitizer_start_switch_fiber(fake_stack, stack, bytes);
#endif
}

// Within a fiber, and wherever it came from.
void has_switched([[maybe_unused]] void* fake_stack) {
#ifdef LOCKSTEP_TELLS_OF_STACKS
  const void* stack = nullptr;
  std::size_t bytes = 0;
  __sanitizer_finish_switch_fiber(fake_stack, &stack, &bytes);
  if (bytes == kStackBytes) return;  // another fiber's
  caller.stack = stack;
  caller.stack_bytes = bytes;
#endif
}

}  // namespace

Fiber::Place Fiber::calling_ = {.has_begun = true};
Fiber* Fiber::entered_ = nullptr;

Fiber::Fiber() : stack_(new std::byte[kStackBytes]) {
  getcontext(&place_.beginning);
  place_.beginning.uc_stack.ss_sp = stack_.get();
  place_.beginning.uc_stack.ss_size = kStackBytes;
  place_.beginning.uc_link = nullptr;
  makecontext(&place_.beginning, &Fiber::enter, 0);
}

void Fiber::go(Place& from, Place& to) {
  if (_setjmp(from.jump) != 0) return;
  if (to.has_begun) _longjmp(to.jump, 1);
  to.has_begun = true;
  setcontext(&to.beginning);
}

void Fiber::start(std::function<void()> work) { work_ = std::move(work); }

void Fiber::resume() {
  void* fake_stack = nullptr;
  will_switch(&fake_stack, stack_.get(), kStackBytes);
  entered_ = this;
  go(calling_, place_);
#ifdef LOCKSTEP_TELLS_OF_STACKS
  __sanitizer_finish_switch_fiber(fake_stack, nullptr, nullptr);
#endif
  if (caller.failure) std::rethrow_exception(std::exchange(caller.failure, nullptr));
}

void Fiber::pause() {
  void* fake_stack = nullptr;
  will_switch(&fake_stack, caller.stack, caller.stack_bytes);
  go(place_, calling_);
  has_switched(fake_stack);
}

void Fiber::switch_to(Fiber& other) {
  void* fake_stack = nullptr;
  will_switch(&fake_stack, other.stack_.get(), kStackBytes);
  entered_ = &other;
  go(place_, other.place_);
  has_switched(fake_stack);
}

void Fiber::enter() {
  has_switched(nullptr);
  Fiber* const self = entered_;
  for (;;) {
    try {
      self->work_();
    } catch (...) {
      caller.failure = std::current_exception();
    }
    self->work_ = nullptr;
    self->pause();
  }
}

}  // namespace lockstep::test
