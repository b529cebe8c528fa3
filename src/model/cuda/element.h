// SPDX-License-Identifier: Apache-2.0
// What the kernels of this folder need to know of their arguments. Nothing here shows CUDA, so that
// a host compiler can include it. All pointers are of the device's memory.
#pragma once

#include <cstdint>

struct CUstream_st;  // what CUDA's cudaStream_t points to

namespace lockstep::cuda {

using Stream = CUstream_st*;

// How activations are stored. Sums are float32 in either case.
enum class Element { float32, bfloat16 };

// Widths of rows must be multiples of this: a thread reads as many elements at once.
inline constexpr std::int64_t kVector = 8;

// Rows, one for each token, of the largest lane whose gradients of parameters are computed beside
// its backward pass, where they fill what is idle. In a larger one nothing is, and two kernels at
// once are in each other's way.
inline constexpr std::int64_t kMostRowsBeside = 8192;

// Which elements an operation drops. The mask is a pure function of (*key, site, element), so the
// backward pass computes it again, and a recorded graph drops others once *key has changed.
struct Dropout {
  double probability = 0.0;            // taken to the nearest 1 / 65536
  const std::uint64_t* key = nullptr;  // one for each lane of each step
  std::uint32_t site = 0;              // one for each place of the model that drops
};

}  // namespace lockstep::cuda
