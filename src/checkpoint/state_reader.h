// SPDX-License-Identifier: Apache-2.0
// The tensors of one checkpoint, whatever its form (a set of shards, a .pt file), read by ranges of
// the flat space and verified while they are read.
#pragma once

#include <optional>
#include <span>

#include "checkpoint/state_digests.h"
#include "tensors/chunks.h"
#include "tensors/flat_layout.h"

namespace lockstep {

// THREADS: one at a time. Every function throws Error(checkpoint) naming the file and, where it can
// be known, the tensor.
class StateReader {
 public:
  virtual ~StateReader() = default;
  virtual const FlatLayout& layout() const = 0;
  // Whether the checkpoint holds the array: a file of weights alone has no moments.
  virtual bool has(StateArray array) const = 0;
  // Reads `range` of the array; the digest of every chunk in it is compared, where the checkpoint
  // has digests. REQUIRES: `range` begins at a chunk edge and ends at one or at the end of the flat
  // space; destination.size() == range.count(); has(array).
  virtual void read(StateArray array, ElementRange range, std::span<float> destination) const = 0;
  // The digests that were written with it; absent in a file that Python wrote.
  virtual std::optional<StateDigests> digests() const = 0;
  // Of a checkpoint without digests: compares all its bytes with the sums that it has instead.
  virtual void check_without_digests() const {}
};

}  // namespace lockstep
