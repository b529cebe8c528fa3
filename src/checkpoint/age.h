// SPDX-License-Identifier: Apache-2.0
// Which of two checkpoints of a run is the newer one: the one rule that resume, retention and the
// order of sets go by.
#pragma once

#include <compare>
#include <cstdint>

namespace lockstep {

// How far the run had come; the newer is the greater. A step may be saved twice: within its epoch,
// by a stop during the last validation, and at the end of it, which comes after.
struct Age {
  std::int64_t step = 0;
  bool ends_an_epoch = false;
  // clang-tidy 14 takes the zero that <=> is compared with for a pointer.
  friend auto operator<=>(const Age&, const Age&) = default;  // NOLINT(modernize-use-nullptr)
};

}  // namespace lockstep
