// SPDX-License-Identifier: Apache-2.0
#include "train/wait.h"

#include <algorithm>
#include <thread>
#include <utility>

#include "base/error.h"
#include "comm/activity.h"

namespace lockstep {
namespace {

// Of the time between two looks that much counts at most, or that part of the limit.
constexpr std::chrono::seconds kLongestLook{1};
constexpr int kPartOfLimit = 20;

}  // namespace

bool Patience::has_ended(Clock::time_point now) {
  const auto counts = std::max<Clock::duration>(kLongestLook, limit_ / kPartOfLimit);
  passed_ += std::min(now - std::exchange(looked_at_, now), counts);
  return passed_ > limit_;
}

Patience::Clock::duration limit_of(double seconds) {
  return std::chrono::duration_cast<Patience::Clock::duration>(
      std::chrono::duration<double>(seconds));
}

void wait_until(const std::function<bool()>& is_over, Patience patience,
                const std::string& problem) {
  constexpr std::chrono::milliseconds kNap{1};
  while (!is_over()) {
    if (patience.has_ended()) throw Error(ErrorKind::communication, problem);
    note_progress();
    std::this_thread::sleep_for(kNap);
  }
}

}  // namespace lockstep
