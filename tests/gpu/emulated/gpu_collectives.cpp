// SPDX-License-Identifier: Apache-2.0
// Between emulated GPUs, whose memory is the host's: by MPI. The stream waits until all has
// arrived.
#include "comm/stream_collectives.h"
#include "gpu/emulated/streams.h"

namespace lockstep {
namespace {

class HostWay : public StreamCollectives {
 public:
  void start(const std::vector<Outgoing>& outgoing, const std::vector<Incoming>& incoming,
             CUstream_st* stream) override {
    test::emulated::start_on(
        stream, [this, outgoing, incoming] { way_->start(outgoing, incoming)->wait(); });
  }
  void check() override {}

 private:
  std::unique_ptr<Collectives> way_ = make_collectives(CollectivesKind::mpi);
};

}  // namespace

std::unique_ptr<StreamCollectives> make_gpu_collectives(World&) {
  return std::make_unique<HostWay>();
}

}  // namespace lockstep
