// SPDX-License-Identifier: Apache-2.0
#include "export/crc32.h"

#include <gtest/gtest.h>

#include <string_view>

namespace lockstep::test {
namespace {

std::uint32_t crc32_of_text(std::string_view text, std::uint32_t before = 0) {
  return crc32_of(std::as_bytes(std::span(text)), before);
}

TEST(Crc32, IsThatOfZip) {
  EXPECT_EQ(crc32_of_text("123456789"), 0xcbf43926U);
  EXPECT_EQ(crc32_of_text(""), 0U);
}

TEST(Crc32, GoesOnFromWhatWasBefore) {
  EXPECT_EQ(crc32_of_text("6789", crc32_of_text("12345")), 0xcbf43926U);
  EXPECT_EQ(crc32_of_text("", 7), 7U);
}

TEST(Crc32, JoinsTheNumbersOfTwoRuns) {
  EXPECT_EQ(joined_crc32(crc32_of_text("12345"), crc32_of_text("6789"), 4), 0xcbf43926U);
  EXPECT_EQ(joined_crc32(0, crc32_of_text("123456789"), 9), 0xcbf43926U);
  EXPECT_EQ(joined_crc32(crc32_of_text("123456789"), 0, 0), 0xcbf43926U);
}

}  // namespace
}  // namespace lockstep::test
