// SPDX-License-Identifier: Apache-2.0
// This rank's part of the state, frozen in host memory while training goes on. The memory is taken
// and touched once, at the start of the run.
#pragma once

#include <chrono>
#include <memory>
#include <vector>

#include "base/aligned_memory.h"
#include "checkpoint/shard_file.h"
#include "device/host_copy.h"

namespace lockstep {

class Staging {
 public:
  explicit Staging(ElementRange range);

  // From now on a GPU may copy here. Throws Error(internal) where that is not allowed.
  void pin();

  // Copies this rank's range of the live arrays, each given from the range's first element on.
  // REQUIRES: nobody writes to them meanwhile.
  void copy(const PerArray<const float*>& live);
  // The same from a GPU, which is given the order and returns at once. REQUIRES: pin().
  std::unique_ptr<HostCopy> start_copy_from_gpu(const PerArray<const float*>& live);

  // What was copied last.
  StateSlice slice() const;

 private:
  ElementRange range_;
  // Aligned as the disk wants it, which then reads it without the processor's help.
  PerArray<AlignedMemory<float>> values_;
  std::vector<std::unique_ptr<PinnedMemory>> pinned_;
};

// Whether the GPU does not write to host memory any more, at the latest at `limit`.
bool ends_by(std::chrono::steady_clock::time_point limit, HostCopy& copy);

}  // namespace lockstep
