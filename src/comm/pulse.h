// SPDX-License-Identifier: Apache-2.0
// What the watchdogs of two ranks send each other, once a second: that a process is alive, and what
// it is doing. All ranks run the same program on the same kind of processor, so it travels as it
// lies in memory.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "comm/activity.h"

namespace lockstep {

enum class PulseKind : std::int32_t {
  alive = 1,
  goodbye,  // the sender leaves, in good order
  end,      // the sender has said why the job ends: leave at once
};

struct Pulse {
  std::uint64_t key = 0;  // of this job: strangers may connect too
  std::int32_t rank = 0;
  PulseKind kind = PulseKind::alive;
  std::int64_t step = 0;
  std::uint64_t moves = 0;
  double busy_seconds = 0.0;  // processor time used, without the watchdog's own
  std::int32_t waits = 0;
  std::array<char, 84> what{};  // in English: each says it in its own language

  std::string doing() const;  // "step 1204, exchanging gradients"
};
static_assert(sizeof(Pulse) == 128);

Pulse pulse_of(const Activity& activity, double busy_seconds);

}  // namespace lockstep
