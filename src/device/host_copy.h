// SPDX-License-Identifier: Apache-2.0
// Numbers on their way from the GPU to host memory while the GPU goes on computing.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

namespace lockstep {

// Host memory that the GPU copies to by itself, as long as this lives.
class PinnedMemory {
 public:
  virtual ~PinnedMemory() = default;
};

// Throws Error(internal) if the system does not allow it.
std::unique_ptr<PinnedMemory> pin_memory(void* start, std::size_t bytes);

// THREADS: the thread that computes on the GPU.
class HostCopy {
 public:
  virtual ~HostCopy() = default;
  // Whether all numbers have arrived. Never waits.
  virtual bool is_done() = 0;
  virtual void wait() = 0;
  // What is started on the GPU from now on waits there until the copy is done.
  virtual void hold_back_work() = 0;
};

struct HostCopyPiece {
  const float* from = nullptr;  // on the GPU
  float* to = nullptr;          // pinned
  std::size_t count = 0;
};

// Copies what will be there once the work started so far is done.
std::unique_ptr<HostCopy> start_host_copy(const std::vector<HostCopyPiece>& pieces);

}  // namespace lockstep
