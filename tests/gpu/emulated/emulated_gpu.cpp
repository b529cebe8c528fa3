// SPDX-License-Identifier: Apache-2.0
#include "gpu/emulated/emulated_gpu.h"

#include <algorithm>
#include <deque>
#include <numeric>
#include <random>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "gpu/emulated/fiber.h"

namespace lockstep::test::emulated {
namespace {

constexpr std::size_t kWarp = 32;
constexpr std::size_t kMostThreads = 1024;  // of a block
constexpr unsigned kMostRowsOfBlocks = 65535;
constexpr std::size_t kAlignment = 16;
constexpr int kNaN = 0xff;  // as every byte of a number

struct Copy {
  void* to;
  const void* from;
  std::size_t bytes;
};

struct Thread {
  enum class State { not_begun, ready, awaits_warp, awaits_block, has_ended };

  Dim index;
  State state = State::not_begun;
  Fiber* fiber = nullptr;
  // What it gives to its warp. Two of them: whoever is a step ahead does not overwrite what others
  // still read.
  std::uint64_t given[2] = {};
  unsigned exchanges = 0;
  std::vector<Copy> copies;
  std::vector<std::size_t> stages;  // how many copies had begun when each of them ended
  std::size_t arrived = 0;          // of the copies
};

Dim place_in(const Dim& size, std::size_t number) {
  const auto at = static_cast<unsigned>(number);
  return {at % size.x, at / size.x % size.y, at / (size.x * size.y)};
}

// Of which there is one, since kernels name what is theirs as if it were global.
class Gpu {
 public:
  void run(const Launch& asked, const std::function<void()>& work);

  Turns turns = Turns::forward;
  std::int64_t launches = 0;
  Launch launch;
  Dim block_index;
  std::vector<std::byte> shared;

  Thread& current() { return *current_; }
  void wait_as(Thread::State state);
  std::uint64_t given_by_neighbour(std::size_t distance, unsigned which) const;

 private:
  std::vector<std::size_t> order_of(std::size_t count);
  void run_block(const std::function<void()>& work);
  // In a fiber: a thread after the other, until one of them waits.
  void run_what_has_not_begun(Fiber& fiber, const std::function<void()>& work);
  // Whoever is to go on, or to begin; null: all wait, or have ended.
  Fiber* next_fiber();
  // Lets those go on whose wait is over.
  void release();

  std::vector<Thread> threads_;
  Thread* current_ = nullptr;
  std::vector<Thread*> to_begin_, to_go_on_;  // the next one last
  const std::function<void()>* work_ = nullptr;
  std::deque<Fiber> fibers_;
  std::vector<Fiber*> idle_;
  std::mt19937 random_;
};

Gpu& gpu() {
  static Gpu only;
  return only;
}

// The next one last.
std::vector<std::size_t> Gpu::order_of(std::size_t count) {
  std::vector<std::size_t> order(count);
  std::iota(order.begin(), order.end(), 0U);
  if (turns == Turns::forward) std::ranges::reverse(order);
  if (turns == Turns::shuffled) std::ranges::shuffle(order, random_);
  return order;
}

void Gpu::run(const Launch& asked, const std::function<void()>& work) {
  ++launches;
  launch = asked;
  const std::size_t count = launch.block.count();
  const bool is_possible = count > 0 && count <= kMostThreads && launch.grid.count() > 0 &&
                           std::max(launch.grid.y, launch.grid.z) <= kMostRowsOfBlocks;
  if (!is_possible)
    throw std::logic_error("a launch of " + std::to_string(launch.grid.count()) + " blocks of " +
                           std::to_string(count) + " threads, which no GPU takes");
  if (launch.shared_bytes > static_cast<std::size_t>(most_shared_bytes))
    throw std::logic_error("a launch asks for more shared memory than there is");
  std::vector<std::size_t> blocks = order_of(launch.grid.count());
  try {
    for (; !blocks.empty(); blocks.pop_back()) {
      block_index = place_in(launch.grid, blocks.back());
      run_block(work);
    }
  } catch (...) {  // some wait for ever
    idle_.clear();
    fibers_.clear();
    throw;
  }
}

void Gpu::run_what_has_not_begun(Fiber& fiber, const std::function<void()>& work) {
  while (!to_begin_.empty()) {
    Thread& thread = *to_begin_.back();
    to_begin_.pop_back();
    thread.fiber = &fiber;
    current_ = &thread;
    work();
    thread.state = Thread::State::has_ended;
  }
  idle_.push_back(&fiber);
}

Fiber* Gpu::next_fiber() {
  if (!to_go_on_.empty()) {
    Fiber* const fiber = to_go_on_.back()->fiber;
    to_go_on_.pop_back();
    return fiber;
  }
  if (to_begin_.empty()) return nullptr;
  if (idle_.empty()) idle_.push_back(&fibers_.emplace_back());
  Fiber& fiber = *idle_.back();
  idle_.pop_back();
  fiber.start([this, &fiber] { run_what_has_not_begun(fiber, *work_); });
  return &fiber;
}

void Gpu::wait_as(Thread::State state) {
  Thread& self = *current_;
  self.state = state;
  if (Fiber* const next = next_fiber())
    self.fiber->switch_to(*next);
  else
    self.fiber->pause();
  current_ = &self;
}

std::uint64_t Gpu::given_by_neighbour(std::size_t distance, unsigned which) const {
  const auto lane = static_cast<std::size_t>(current_ - threads_.data());
  const std::size_t other = lane ^ distance;
  if (other / kWarp != lane / kWarp || other >= threads_.size())
    throw std::logic_error("a thread asks for a lane that its warp does not have");
  return threads_[other].given[which];
}

void Gpu::release() {
  const auto all_are = [](std::span<const Thread> threads, Thread::State state) {
    return std::ranges::all_of(threads, [&](const Thread& t) { return t.state == state; });
  };
  const auto let_go = [](Thread& thread) {
    if (thread.state != Thread::State::has_ended) thread.state = Thread::State::ready;
  };
  const std::span<Thread> all(threads_);
  for (std::size_t first = 0; first < all.size(); first += kWarp) {
    const auto warp = all.subspan(first, std::min(kWarp, all.size() - first));
    // Our kernels name all lanes of a warp: those that have ended would be missing.
    if (all_are(warp, Thread::State::awaits_warp)) std::ranges::for_each(warp, let_go);
  }
  const bool all_at_barrier = std::ranges::all_of(all, [](const Thread& thread) {
    return thread.state == Thread::State::awaits_block || thread.state == Thread::State::has_ended;
  });
  if (all_at_barrier) std::ranges::for_each(all, let_go);
  for (const std::size_t i : order_of(all.size()))
    if (all[i].state == Thread::State::ready) to_go_on_.push_back(&all[i]);
}

void Gpu::run_block(const std::function<void()>& work) {
  shared.assign(launch.shared_bytes + kAlignment, std::byte{kNaN});
  threads_.assign(launch.block.count(), {});
  work_ = &work;
  to_begin_.clear();
  to_go_on_.clear();
  for (const std::size_t i : order_of(threads_.size())) {
    threads_[i].index = place_in(launch.block, i);
    to_begin_.push_back(&threads_[i]);
  }
  do {
    while (Fiber* const next = next_fiber()) next->resume();
    release();
  } while (!to_go_on_.empty());
  const bool all_ended = std::ranges::all_of(
      threads_, [](const Thread& thread) { return thread.state == Thread::State::has_ended; });
  if (!all_ended) throw std::logic_error("threads of a block wait for others that do not come");
}

}  // namespace

void set_turns(Turns turns) { gpu().turns = turns; }

void run_threads(const Launch& launch, const std::function<void()>& thread) {
  gpu().run(launch, thread);
}

std::int64_t launches() { return gpu().launches; }

const Dim& thread_index() { return gpu().current().index; }
const Dim& block_index() { return gpu().block_index; }
const Dim& block_size() { return gpu().launch.block; }
const Dim& grid_size() { return gpu().launch.grid; }

std::byte* shared_memory() {
  void* place = gpu().shared.data();
  std::size_t room = gpu().shared.size();
  return static_cast<std::byte*>(std::align(kAlignment, gpu().launch.shared_bytes, place, room));
}

void await_block() { gpu().wait_as(Thread::State::awaits_block); }

std::uint64_t exchange_in_warp(std::uint64_t bits, unsigned distance) {
  Thread& self = gpu().current();
  const unsigned which = self.exchanges++ % 2;
  self.given[which] = bits;
  gpu().wait_as(Thread::State::awaits_warp);
  return gpu().given_by_neighbour(distance, which);
}

void begin_copy(void* to, const void* from, std::size_t bytes) {
  gpu().current().copies.push_back({to, from, bytes});
}

void end_stage_of_copies() {
  Thread& self = gpu().current();
  self.stages.push_back(self.copies.size());
}

void await_copies(std::size_t but_the_last_stages) {
  Thread& self = gpu().current();
  if (self.stages.size() <= but_the_last_stages) return;
  const std::size_t last = self.stages[self.stages.size() - 1 - but_the_last_stages];
  for (; self.arrived < last; ++self.arrived) {
    const Copy& copy = self.copies[self.arrived];
    std::memcpy(copy.to, copy.from, copy.bytes);
  }
}

}  // namespace lockstep::test::emulated
