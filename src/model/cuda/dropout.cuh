// SPDX-License-Identifier: Apache-2.0
// Masks from a counter-based generator: Philox 4x32-10 (Salmon et al. 2011, "Parallel random
// numbers: as easy as 1, 2, 3"). One call yields 128 bits: 16 for each of eight elements.
#pragma once

#include <cstdint>

#include "model/cuda/vectors.cuh"

namespace lockstep::cuda {

__device__ inline uint4 philox(std::uint64_t key, uint4 counter) {
  auto key_low = static_cast<std::uint32_t>(key);
  auto key_high = static_cast<std::uint32_t>(key >> 32);
#pragma unroll
  for (int round = 0; round < 10; ++round) {
    const std::uint32_t high_0 = __umulhi(0xD2511F53U, counter.x);
    const std::uint32_t low_0 = 0xD2511F53U * counter.x;
    const std::uint32_t high_1 = __umulhi(0xCD9E8D57U, counter.z);
    const std::uint32_t low_1 = 0xCD9E8D57U * counter.z;
    counter = make_uint4(high_1 ^ counter.y ^ key_low, low_1, high_0 ^ counter.w ^ key_high, low_0);
    key_low += 0x9E3779B9U;
    key_high += 0xBB67AE85U;
  }
  return counter;
}

// Dropout as the kernels use it.
struct Mask {
  const std::uint64_t* key;
  std::uint32_t site;
  std::uint32_t threshold;  // of 65536; 0: nothing is dropped
  float scale;              // of what stays

  // For all calls of apply() in a kernel: before its writes, which a later read would wait for.
  __device__ std::uint64_t read_key() const { return threshold == 0 ? 0 : *key; }

  // Drops and scales the elements with the indices 8 x vector to 8 x vector + 7.
  __device__ void apply(std::uint64_t key_read, std::uint64_t vector, Floats& values) const {
    if (threshold == 0) return;
    const uint4 bits =
        philox(key_read, make_uint4(static_cast<std::uint32_t>(vector),
                                    static_cast<std::uint32_t>(vector >> 32), site, 0));
    const std::uint32_t words[] = {bits.x, bits.y, bits.z, bits.w};
#pragma unroll
    for (int i = 0; i < kWidth; ++i) {
      const std::uint32_t number = i % 2 == 0 ? words[i / 2] & 0xffffU : words[i / 2] >> 16;
      values.at[i] = number < threshold ? 0.0F : values.at[i] * scale;
    }
  }
};

inline Mask mask_of(const Dropout& dropout) {
  constexpr double kSteps = 65536.0;
  const auto threshold = static_cast<std::uint32_t>(dropout.probability * kSteps + 0.5);
  return {dropout.key, dropout.site, threshold,
          static_cast<float>(1.0 / (1.0 - threshold / kSteps))};
}

}  // namespace lockstep::cuda
