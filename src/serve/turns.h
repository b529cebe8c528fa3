// SPDX-License-Identifier: Apache-2.0
// One at a time, in the order of their coming, and no long queue.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>

namespace lockstep {

class Turns {
 public:
  explicit Turns(std::size_t most_waiting) : most_waiting_(most_waiting) {}

  class Turn {
   public:
    explicit Turn(Turns& turns) : turns_(turns) {}
    ~Turn() { turns_.next(); }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

   private:
    Turns& turns_;
  };

  // Waits until all that came before have ended theirs, or no longer wait. nullptr where
  // `most_waiting` wait already, at once, and where the turn is no longer wanted, soon.
  // `is_wanted` does not use the turns. THREADS: may be called, and a turn be ended, by any.
  std::unique_ptr<Turn> take(const std::function<bool()>& is_wanted) {
    std::unique_lock lock(mutex_);
    if (in_order_.size() > most_waiting_) return nullptr;
    const std::uint64_t mine = next_number_++;
    in_order_.push_back(mine);
    while (in_order_.front() != mine) {
      changed_.wait_for(lock, kMoment);
      if (is_wanted()) continue;
      std::erase(in_order_, mine);
      changed_.notify_all();
      return nullptr;
    }
    return std::make_unique<Turn>(*this);
  }

  std::size_t waiting() {
    const std::lock_guard lock(mutex_);
    return in_order_.empty() ? 0 : in_order_.size() - 1;
  }

 private:
  // How often one who waits is asked whether it still wants its turn.
  static constexpr std::chrono::milliseconds kMoment{100};

  void next() {
    const std::lock_guard lock(mutex_);
    in_order_.pop_front();
    changed_.notify_all();
  }

  const std::size_t most_waiting_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::uint64_t> in_order_;  // numbers: whose turn it is, and those who wait
  std::uint64_t next_number_ = 0;
};

}  // namespace lockstep
