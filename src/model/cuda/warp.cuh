// SPDX-License-Identifier: Apache-2.0
// Neighbouring threads of a warp put their numbers together: each of them has the same result.
#pragma once

namespace lockstep::cuda {

constexpr int kLanes = 32;  // of a warp

// Over `kCount` neighbours, a power of two.
template <int kCount = kLanes>
__device__ float sum_over_lanes(float value) {
#pragma unroll
  for (int distance = kCount / 2; distance > 0; distance /= 2)
    value += __shfl_xor_sync(0xffffffffU, value, distance);
  return value;
}

template <int kCount = kLanes>
__device__ float largest_over_lanes(float value) {
#pragma unroll
  for (int distance = kCount / 2; distance > 0; distance /= 2)
    value = fmaxf(value, __shfl_xor_sync(0xffffffffU, value, distance));
  return value;
}

}  // namespace lockstep::cuda
