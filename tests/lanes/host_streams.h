// SPDX-License-Identifier: Apache-2.0
// A GPU for tests, in host memory: its streams do everything at once, when it is started.
#pragma once

#include <vector>

#include "comm/rank_grid.h"
#include "comm/stream_collectives.h"
#include "support/thread_world.h"

namespace lockstep::test {

class HostCollectives : public StreamCollectives {
 public:
  HostCollectives(ThreadWorld& world, const RankGrid& grid)
      : collectives_(world), rank_(world.rank()), grid_(grid) {}
  void start(const std::vector<Outgoing>& outgoing, const std::vector<Incoming>& incoming,
             CUstream_st*) override {
    for (const Outgoing& each : outgoing) {
      sent_ += each.values.size();
      if (grid_.host_of(each.peer) != grid_.host_of(rank_))
        sent_to_other_hosts_ += each.values.size();
    }
    collectives_.start(outgoing, incoming)->wait();
  }
  void check() override {}
  // So many numbers.
  std::size_t sent() const { return sent_; }
  std::size_t sent_to_other_hosts() const { return sent_to_other_hosts_; }

 private:
  ThreadCollectives collectives_;
  const int rank_;
  const RankGrid grid_;
  std::size_t sent_ = 0;
  std::size_t sent_to_other_hosts_ = 0;
};

}  // namespace lockstep::test
