// SPDX-License-Identifier: Apache-2.0
// What stays in a dropout, as a pure function of whom it is for: nothing to advance or to keep for
// the backward pass, and no thread that waits for another's numbers. Philox 4x32-7 (Salmon et al.
// 2011, "Parallel random numbers: as easy as 1, 2, 3"; no more rounds than pass BigCrush there), 16
// bits for an element.
#pragma once

#include <cstdint>

namespace lockstep {

// One dropout of a pass.
struct Dropout {
  double probability = 0.0;  // of an element to be dropped, in steps of 1 / 65536
  std::uint64_t key = 0;     // of the pass
  std::uint32_t site = 0;    // which dropout of the pass it is
};

// The factors of a row's elements come in groups.
inline constexpr std::int64_t kDropoutGroup = 128;

// What the elements of `groups` groups of row `row`, from group `first_group` on, are multiplied
// by: 0, or 1 / (1 - probability).
void dropout_factors(const Dropout& dropout, std::uint32_t row, std::int64_t first_group,
                     std::int64_t groups, float* factors);

}  // namespace lockstep
