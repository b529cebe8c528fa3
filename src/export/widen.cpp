// SPDX-License-Identifier: Apache-2.0
#include "export/widen.h"

#include <bit>
#include <cassert>
#include <cstdint>
#include <cstring>

namespace lockstep {
namespace {

// A bfloat16 is the front half of a float32.
float of_bfloat16(std::uint16_t bits) { return std::bit_cast<float>(std::uint32_t{bits} << 16); }

// A float16 has a sign, 5 bits of exponent with a bias of 15, and 10 bits of fraction (IEEE 754).
float of_float16(std::uint16_t bits) {
  constexpr std::uint32_t kBiasDifference = 127 - 15;
  constexpr std::uint32_t kHighestExponent = 31;
  constexpr float kSmallest = 0x1p-24F;
  const std::uint32_t sign = (bits & 0x8000U) << 16;
  const std::uint32_t exponent = (bits >> 10) & kHighestExponent;
  const std::uint32_t fraction = bits & 0x3FFU;
  if (exponent == 0) {
    const float magnitude = static_cast<float>(fraction) * kSmallest;
    return sign == 0 ? magnitude : -magnitude;
  }
  const std::uint32_t widened = exponent == kHighestExponent ? 255 : exponent + kBiasDifference;
  return std::bit_cast<float>(sign | widened << 23 | fraction << 13);
}

}  // namespace

bool fits_in_float32(PtDtype dtype) {
  return dtype == PtDtype::float32 || dtype == PtDtype::float16 || dtype == PtDtype::bfloat16;
}

void widen(PtDtype dtype, std::span<const std::byte> source, std::span<float> destination) {
  assert(source.size() == destination.size() * sizeof(std::uint16_t));
  const auto one_of = dtype == PtDtype::float16 ? of_float16 : of_bfloat16;
  for (std::size_t i = 0; i < destination.size(); ++i) {
    std::uint16_t bits = 0;
    std::memcpy(&bits, source.data() + i * sizeof bits, sizeof bits);
    destination[i] = one_of(bits);
  }
}

}  // namespace lockstep
