// SPDX-License-Identifier: Apache-2.0
// bfloat16 on the emulated GPU: the upper half of a float32, to the nearest, ties to even.
#pragma once

#include <cuda_runtime.h>

#include <cstdint>

// The names are CUDA's.
// NOLINTBEGIN(bugprone-reserved-identifier,readability-identifier-naming)
struct __nv_bfloat16 {
  __nv_bfloat16() = default;
  explicit __nv_bfloat16(float value) {
    const auto whole = std::bit_cast<std::uint32_t>(value);
    const bool is_nan = (whole & 0x7fffffffU) > 0x7f800000U;
    const std::uint32_t rounding = 0x7fffU + (whole >> 16 & 1U);
    bits = static_cast<std::uint16_t>(is_nan ? 0x7fffU : (whole + rounding) >> 16);
  }
  explicit operator float() const { return std::bit_cast<float>(std::uint32_t{bits} << 16); }

  std::uint16_t bits;
};

struct alignas(4) __nv_bfloat162 {
  __nv_bfloat16 x, y;
};

inline __nv_bfloat16 __float2bfloat16_rn(float value) { return __nv_bfloat16(value); }
inline float __bfloat162float(__nv_bfloat16 value) { return static_cast<float>(value); }
inline __nv_bfloat162 __floats2bfloat162_rn(float x, float y) {
  return {__nv_bfloat16(x), __nv_bfloat16(y)};
}
// NOLINTEND(bugprone-reserved-identifier,readability-identifier-naming)
