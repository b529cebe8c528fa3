// SPDX-License-Identifier: Apache-2.0
// The data plane: moves tensors between ranks. Knows nothing of MPI or NCCL; make_collectives.cpp
// is the only file that knows which kinds exist.
#pragma once

#include <ATen/core/Tensor.h>

#include <memory>

#include "comm/world.h"

namespace lockstep {

// THREADS: one at a time.
class Collectives {
 public:
  virtual ~Collectives() = default;
  // COLLECTIVE. Replaces `tensor` (contiguous float32, the same shape everywhere) by its sum over
  // all ranks.
  virtual void sum(at::Tensor& tensor) = 0;
  // COLLECTIVE. Overwrites `tensor` (contiguous, the same shape everywhere) with rank `root`'s.
  virtual void broadcast(at::Tensor& tensor, int root) = 0;
};

enum class CollectivesKind { solo, mpi, nccl };

// Throws Error(usage) for a kind that this build does not have.
std::unique_ptr<Collectives> make_collectives(CollectivesKind kind, World& world);

}  // namespace lockstep
