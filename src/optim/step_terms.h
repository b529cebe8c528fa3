// SPDX-License-Identifier: Apache-2.0
// The numbers of a step, as they lie in memory. Shows nothing of LibTorch and of CUDA, so that
// either compiler can include it.
#pragma once

#include <cstdint>

namespace lockstep {

// What the ranks put together, one behind the other, float64: of each rank what it signals, bits as
// a whole number; the loss of each lane; the squares of each block of the gradient. The latter two
// in one order, whoever has which.
struct StepTerms {
  std::int64_t ranks = 0;
  std::int64_t losses = 0;
  std::int64_t blocks = 0;

  constexpr std::int64_t first_loss() const { return ranks; }
  constexpr std::int64_t first_block() const { return ranks + losses; }
  constexpr std::int64_t total() const { return ranks + losses + blocks; }
};

// What follows from them, float64 each.
struct StepNumbers {
  double loss = 0.0;  // the sum of the losses
  double gradient_norm = 0.0;
  // Of every gradient. NaN: loss or norm is no finite number, and nothing is to change.
  double gradient_scale = 1.0;
  double skipped_in_a_row = 0.0;  // steps up to this one for which it is NaN
  double signals = 0.0;           // the bits that any of the ranks has set
};
inline constexpr std::int64_t kStepNumbers = sizeof(StepNumbers) / sizeof(double);

// Keeps the quotient of a clipping finite for a gradient of zeros; PyTorch's value.
inline constexpr double kNormEps = 1e-6;

// Into how many sums the squares of blocks go: block i into sum i mod kNormSums; then sum i has the
// one half of them further on added to it, until one is left.
inline constexpr std::int64_t kNormSums = 256;

}  // namespace lockstep
