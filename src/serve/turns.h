// SPDX-License-Identifier: Apache-2.0
// One at a time, in the order of their coming, and no long queue.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>

namespace lockstep {

class Turns {
 public:
  explicit Turns(std::uint64_t most_waiting) : most_waiting_(most_waiting) {}

  class Turn {
   public:
    explicit Turn(Turns& turns) : turns_(turns) {}
    ~Turn() { turns_.next(); }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

   private:
    Turns& turns_;
  };

  // Waits until all that came before have ended theirs; nullptr, at once, where `most_waiting` wait
  // already. THREADS: may be called, and a turn be ended, by any.
  std::unique_ptr<Turn> take() {
    std::unique_lock lock(mutex_);
    if (last_ - current_ > most_waiting_) return nullptr;
    const std::uint64_t mine = last_++;
    ended_.wait(lock, [&] { return current_ == mine; });
    return std::make_unique<Turn>(*this);
  }

  std::uint64_t waiting() {
    const std::lock_guard lock(mutex_);
    return last_ == current_ ? 0 : last_ - current_ - 1;
  }

 private:
  void next() {
    const std::lock_guard lock(mutex_);
    ++current_;
    ended_.notify_all();
  }

  const std::uint64_t most_waiting_;
  std::mutex mutex_;
  std::condition_variable ended_;
  std::uint64_t current_ = 0;  // whose turn it is
  std::uint64_t last_ = 0;     // the number that the next to come gets
};

}  // namespace lockstep
