// SPDX-License-Identifier: Apache-2.0
// This rank's part of the state, frozen in host memory while training goes on. The memory is taken
// and touched once, at the start of the run.
#pragma once

#include "base/aligned_memory.h"
#include "checkpoint/shard_file.h"

namespace lockstep {

class Staging {
 public:
  explicit Staging(ElementRange range);

  // Copies this rank's range of the live arrays, each given from the range's first element on.
  // REQUIRES: nobody writes to them meanwhile.
  void copy(const PerArray<const float*>& live);

  // What was copied last.
  StateSlice slice() const;

 private:
  ElementRange range_;
  // Aligned as the disk wants it, which then reads it without the processor's help.
  PerArray<AlignedMemory<float>> values_;
};

}  // namespace lockstep
