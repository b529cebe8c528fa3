// SPDX-License-Identifier: Apache-2.0
#include "train/wait.h"

#include <thread>

#include "base/error.h"
#include "comm/activity.h"

namespace lockstep {

void wait_until(const std::function<bool()>& is_over, std::chrono::steady_clock::time_point limit,
                const std::string& problem) {
  constexpr std::chrono::milliseconds kNap{1};
  while (!is_over()) {
    if (std::chrono::steady_clock::now() > limit) throw Error(ErrorKind::communication, problem);
    note_progress();
    std::this_thread::sleep_for(kNap);
  }
}

}  // namespace lockstep
