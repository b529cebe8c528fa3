// SPDX-License-Identifier: Apache-2.0
#include "export/widen.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

namespace lockstep::test {
namespace {

std::vector<float> all_of(PtDtype dtype) {
  std::vector<std::uint16_t> bits(1 << 16);
  for (std::size_t i = 0; i < bits.size(); ++i) bits[i] = static_cast<std::uint16_t>(i);
  std::vector<float> numbers(bits.size());
  widen(dtype, std::as_bytes(std::span(bits)), numbers);
  return numbers;
}

// By the definition: sign, exponent and fraction as real numbers.
double defined(std::uint32_t bits, int exponent_bits, int fraction_bits) {
  const int bias = (1 << (exponent_bits - 1)) - 1;
  const int exponent = static_cast<int>(bits >> fraction_bits) & ((1 << exponent_bits) - 1);
  const double fraction =
      std::ldexp(static_cast<double>(bits & ((1U << fraction_bits) - 1)), -fraction_bits);
  const double sign = (bits & 0x8000U) == 0 ? 1.0 : -1.0;
  if (exponent == (1 << exponent_bits) - 1)
    return fraction == 0 ? sign * std::numeric_limits<double>::infinity()
                         : std::numeric_limits<double>::quiet_NaN();
  if (exponent == 0) return sign * std::ldexp(fraction, 1 - bias);
  return sign * std::ldexp(1.0 + fraction, exponent - bias);
}

void expect_exact(PtDtype dtype, int exponent_bits, int fraction_bits) {
  const std::vector<float> numbers = all_of(dtype);
  for (std::uint32_t bits = 0; bits < numbers.size(); ++bits) {
    const double expected = defined(bits, exponent_bits, fraction_bits);
    const double found = numbers[bits];
    ASSERT_EQ(std::isnan(found), std::isnan(expected)) << bits;
    if (std::isnan(expected)) continue;
    ASSERT_EQ(found, expected) << bits;
    ASSERT_EQ(std::signbit(found), std::signbit(expected)) << bits;
  }
}

TEST(Widen, EveryFloat16HasItsValue) { expect_exact(PtDtype::float16, 5, 10); }

TEST(Widen, EveryBfloat16HasItsValue) { expect_exact(PtDtype::bfloat16, 8, 7); }

TEST(Widen, OnlyWhatIsExactFits) {
  EXPECT_TRUE(fits_in_float32(PtDtype::float32));
  EXPECT_TRUE(fits_in_float32(PtDtype::float16));
  EXPECT_TRUE(fits_in_float32(PtDtype::bfloat16));
  for (const PtDtype other : {PtDtype::float64, PtDtype::int64, PtDtype::int32, PtDtype::int16,
                              PtDtype::int8, PtDtype::uint8, PtDtype::boolean})
    EXPECT_FALSE(fits_in_float32(other)) << dtype_name(other);
}

}  // namespace
}  // namespace lockstep::test
