// SPDX-License-Identifier: Apache-2.0
// Waiting for what other ranks or threads do.
#pragma once

#include <chrono>
#include <functional>
#include <string>

namespace lockstep {

// How long something may take, for those who look again and again whether it is there. Of the time
// between two looks a second counts, or a twentieth of the limit where that is more: if it was more
// time than that, this process may have been stopped, and what is waited for as well.
class Patience {
 public:
  using Clock = std::chrono::steady_clock;
  explicit Patience(Clock::duration limit, Clock::time_point now = Clock::now())
      : limit_(limit), looked_at_(now) {}

  // One look. Whether the limit has passed.
  bool has_ended(Clock::time_point now = Clock::now());

 private:
  Clock::duration limit_;
  Clock::duration passed_{0};
  Clock::time_point looked_at_;
};

// What a configuration gives as seconds.
Patience::Clock::duration limit_of(double seconds);

// Asks `is_over` again and again, with short pauses, until it says so. Throws
// Error(communication, problem) when `patience` has ended; the watch over standstills is told that
// there is one.
void wait_until(const std::function<bool()>& is_over, Patience patience,
                const std::string& problem);

}  // namespace lockstep
