// SPDX-License-Identifier: Apache-2.0
// What this process is doing, told by the thread that trains as it goes along. The watchdog passes
// it on, so that the other ranks can say what a rank was doing when it fell silent.
// THREADS: any; the ranks of a ThreadWorld share one.
#pragma once

#include <cstdint>
#include <string>

namespace lockstep {

struct Activity {
  std::int64_t step = 0;    // the one in progress; 0 before the first
  const char* what = "";    // "exchanging gradients"; empty: it is starting
  bool waits = false;       // for messages of other ranks
  std::uint64_t moves = 0;  // another number each time that something was begun, ended or got on
};

Activity current_activity();

void begin_step(std::int64_t step);

// Something that may take long and needs little of the processor got on.
void note_progress();

// The checkpoint that a resume would find; empty as long as there is none.
void note_newest_checkpoint(const std::string& path);
std::string newest_checkpoint();

// Until the end of the scope this is what the process does. REQUIRES: `what` is a literal.
class Doing {
 public:
  explicit Doing(const char* what);
  ~Doing();
  Doing(const Doing&) = delete;
  Doing& operator=(const Doing&) = delete;

 private:
  const char* before_;
};

// Until the end of the scope it waits for other ranks, who are to blame if nothing gets on.
class WaitingForRanks {
 public:
  WaitingForRanks();
  ~WaitingForRanks();
  WaitingForRanks(const WaitingForRanks&) = delete;
  WaitingForRanks& operator=(const WaitingForRanks&) = delete;
};

}  // namespace lockstep
