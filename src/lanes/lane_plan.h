// SPDX-License-Identifier: Apache-2.0
// Who computes what in one optimizer step. A batch of sequences is cut into lanes; a lane is one
// forward and backward pass whose result does not depend on which rank runs it. Pure.
#pragma once

#include <cstdint>

namespace lockstep {

// Half-open range of indices.
struct IndexRange {
  std::int64_t first = 0;
  std::int64_t last = 0;
  std::int64_t count() const { return last - first; }
  friend bool operator==(const IndexRange&, const IndexRange&) = default;
};

struct LanePlan {
  std::int64_t batch_size = 1;  // sequences per step
  std::int64_t lanes = 1;       // divides batch_size

  // The lanes of one rank: contiguous, and balanced to within one lane. Empty for some ranks when
  // there are more ranks than lanes.
  IndexRange lanes_of(std::int64_t rank, std::int64_t world_size) const;

  // The places in the batch that a lane holds, when the step has `sequences` <= batch_size of them:
  // the last step of an epoch may be short, and its last lanes may be empty.
  IndexRange sequences_of(std::int64_t lane, std::int64_t sequences) const;
};

}  // namespace lockstep
