// SPDX-License-Identifier: Apache-2.0
// Finds out that a rank is gone, stopped or without its host, says which and where, and ends the
// job: a wait for it in MPI would not. Every process has a thread that sends pulses over TCP, to
// rank 0 and from it; while a rank computes its thread still does, so that a long step is no reason
// to worry.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "comm/world.h"

namespace lockstep {

// Whether a watchdog runs in this process, so that a wait for other ranks needs no limit.
bool ranks_are_watched();

struct WatchdogSettings {
  std::chrono::seconds peer_timeout{60};
  // How long no rank at all may get on, though all answer.
  std::chrono::milliseconds standstill{600'000};
  // Whether a launcher is ending the job, maybe because it has noticed something first: the silent
  // ranks are named before it has.
  std::function<bool()> is_told_to_end = [] { return false; };
  // Says why, unless the text is empty because another rank does, and ends this process: what a
  // program does. THREADS: that of the watchdog.
  std::function<void(const std::string& why)> end_process;
};

class Watchdog {
 public:
  // COLLECTIVE. Watches until the end of its scope. Ranks that cannot reach rank 0 are named in a
  // warning, and then none is watched.
  Watchdog(World& world, WatchdogSettings settings);
  // Tells the others that this rank leaves in good order.
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

 private:
  class Watch;
  std::unique_ptr<Watch> watch_;  // none in a world of one
};

}  // namespace lockstep
