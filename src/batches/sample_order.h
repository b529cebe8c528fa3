// SPDX-License-Identifier: Apache-2.0
// The order in which an epoch visits its windows, as a pure function: a keyed permutation (a
// Feistel network over the smallest even number of bits that holds the count, walked until it
// lands inside; Black and Rogaway, "Ciphers with Arbitrary Finite Domains", 2002). O(1) to seek, no
// list in memory, no state to save.
#pragma once

#include <cstdint>

namespace lockstep {

class SampleOrder {
 public:
  // `count` windows, at least one.
  SampleOrder(std::uint64_t seed, std::int64_t count);

  // The window at `position` (0 <= position < count) of `epoch`; each epoch is a new permutation.
  std::int64_t window(std::int64_t epoch, std::int64_t position) const;

 private:
  std::uint64_t permute(std::uint64_t value, std::uint64_t epoch) const;

  std::uint64_t seed_;
  std::uint64_t count_;
  unsigned half_bits_;
};

}  // namespace lockstep
