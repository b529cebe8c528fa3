// SPDX-License-Identifier: Apache-2.0
// The data plane where work is done in the order in which it was started, and not when: between
// GPUs, as part of the work of a stream, from the memory of one into that of another. It adds
// nothing. Between processors, lanes/host_queue is such an order.
#pragma once

#include <memory>
#include <vector>

#include "comm/collectives.h"

struct CUstream_st;  // what CUDA's cudaStream_t points to

namespace lockstep {

// THREADS: one at a time.
class StreamCollectives {
 public:
  virtual ~StreamCollectives() = default;
  // COLLECTIVE, but waits for nobody. As Collectives::start(), but as work of `stream`, and between
  // GPUs with memory of this rank's. What the two lists say is on its way at the same time.
  // Throws Error(communication) if a rank is gone.
  virtual void start(const std::vector<Outgoing>& outgoing, const std::vector<Incoming>& incoming,
                     CUstream_st* stream) = 0;
  // Never waits. Throws Error(communication) if what was started cannot be done any more.
  virtual void check() = 0;
  // Ends what was started, so that nothing on the GPU waits for a rank that is gone; what it would
  // have brought is worth nothing. Afterwards all else throws Error(communication).
  virtual void abandon() {}
};

// COLLECTIVE. Between the GPUs that the ranks have opened, which must outlive it. Throws
// SharedError(usage) in a build without NCCL, or if two ranks have the same GPU.
std::unique_ptr<StreamCollectives> make_gpu_collectives(World& world);

}  // namespace lockstep
