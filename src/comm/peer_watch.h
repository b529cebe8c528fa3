// SPDX-License-Identifier: Apache-2.0
// Judges from their pulses whether the ranks of a job are alive and get on. Decides only: it is
// told the time and what was heard, and knows no clock and no connection.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "comm/pulse.h"

namespace lockstep {

struct WatchLimits {
  std::chrono::milliseconds silence{60'000};              // of one rank
  std::optional<std::chrono::milliseconds> standstill{};  // of all ranks; absent: not judged
};

class PeerWatch {
 public:
  using Time = std::chrono::steady_clock::time_point;

  // `hosts` of all ranks. Only the ranks in `watched` are judged.
  PeerWatch(std::vector<std::string> hosts, const std::vector<int>& watched, WatchLimits limits,
            Time now);

  void heard(int rank, const Pulse& pulse, Time now);
  // It left in good order.
  void left(int rank);
  // Its process has ended without a word.
  void gone(int rank, Time now);

  // What is wrong, as a sentence that names the ranks, their hosts and what they were doing; absent
  // as long as nothing is. To be asked again and again: a long pause between two questions means
  // that this process itself did not run, and no rank is blamed for it.
  //  - A rank is gone, or was not heard of for too long. One that computes for long is heard of.
  //  - No rank of those it hears of has got on for too long: none has begun or ended anything, and
  //    those that do not wait for others have hardly used their processor.
  std::optional<std::string> problem(Time now);

  // The ranks that were not heard of for at least `silence`, said as above.
  std::optional<std::string> silence(Time now, std::chrono::milliseconds silence) const;

 private:
  struct Peer {
    int rank = 0;
    std::string host;
    bool is_watched = false;
    Time heard_at;
    std::optional<Time> gone_at;
    Pulse last;
    Time busy_since;           // what it has computed counts from here
    double busy_before = 0.0;  // processor time until then
  };

  void forgive_own_pause(Time now);
  std::optional<std::string> gone_ranks(Time now) const;
  std::optional<std::string> standstill(Time now) const;
  std::vector<const Peer*> watched_where(const std::function<bool(const Peer&)>& condition) const;

  const WatchLimits limits_;
  std::vector<Peer> peers_;
  Time moved_at_;   // when a rank was last seen to get on
  Time looked_at_;  // when this was last asked
};

}  // namespace lockstep
