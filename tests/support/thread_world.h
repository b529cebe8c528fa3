// SPDX-License-Identifier: Apache-2.0
// A world whose ranks are threads of one process, so that the logic between ranks can be tested
// under a debugger and sanitizers, without mpirun. Ranks share what a process has only once, such
// as LibTorch's default random generator: run models without dropout here.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "comm/collectives.h"
#include "comm/world.h"

namespace lockstep::test {

class MeetingPoint;

// What ThreadWorld::abort throws in the rank that calls it.
struct WorldAborted {
  ExitCode exit_code;
};

// One rank. A rank that waits for another that has returned or thrown gets Error(communication).
class ThreadWorld : public World {
 public:
  ThreadWorld(MeetingPoint& meeting_point, int rank);

  int rank() const override { return rank_; }
  int size() const override;
  int local_rank() const override { return rank_ - local_leader(); }
  int local_leader() const override { return rank_ / ranks_of_a_machine_ * ranks_of_a_machine_; }
  // From now on each machine has this many ranks, in their order; before that, one has all.
  void place_on_machines_of(int ranks) { ranks_of_a_machine_ = ranks; }
  std::vector<std::string> gather_all(const std::string& text,
                                      std::chrono::seconds timeout = kPeerTimeout) override;
  std::vector<std::vector<double>> gather_all(const std::vector<double>& numbers) override;
  std::unique_ptr<PendingTexts> start_gather(const std::string& text) override;
  [[noreturn]] void abort(ExitCode exit_code) override;

  MeetingPoint& meeting_point() const { return meeting_point_; }

 private:
  MeetingPoint& meeting_point_;
  int rank_;
  int ranks_of_a_machine_;
  std::size_t exchanges_ = 0;  // started in the background
};

// What goes out is taken from its place when the receiver asks for it, and not before: a sender
// that changes it too early is found out.
class ThreadCollectives : public Collectives {
 public:
  // `world` must outlive the collectives. Windows are read by those of the same machine, if at all.
  explicit ThreadCollectives(ThreadWorld& world, bool has_windows = false)
      : world_(world), has_windows_(has_windows) {}
  std::unique_ptr<PendingTransfers> start(const std::vector<Outgoing>& outgoing,
                                          const std::vector<Incoming>& incoming) override;
  // REQUIRES: its window is not read when its rank has ended.
  std::unique_ptr<SharedWindow> share(std::size_t count) override;

 private:
  ThreadWorld& world_;
  bool has_windows_;
};

// Runs `body` once for every rank, each on a thread of its own, and returns when all have ended. If
// ranks threw, the exception that was thrown first is thrown again here.
void run_ranks(int size, const std::function<void(ThreadWorld&)>& body);

}  // namespace lockstep::test
