// SPDX-License-Identifier: Apache-2.0
// A GPU for tests, in host memory: its streams do everything at once, when it is started.
#pragma once

#include <vector>

#include "comm/gpu_collectives.h"
#include "support/thread_world.h"

namespace lockstep::test {

class HostCollectives : public GpuCollectives {
 public:
  explicit HostCollectives(ThreadWorld& world) : collectives_(world) {}
  void start(const std::vector<Outgoing>& outgoing, const std::vector<Incoming>& incoming,
             CUstream_st*) override {
    for (const Outgoing& each : outgoing) sent_ += each.values.size();
    collectives_.start(outgoing, incoming)->wait();
  }
  void check() override {}
  std::size_t sent() const { return sent_; }

 private:
  ThreadCollectives collectives_;
  std::size_t sent_ = 0;
};

}  // namespace lockstep::test
