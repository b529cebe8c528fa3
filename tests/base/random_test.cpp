// SPDX-License-Identifier: Apache-2.0
// The golden values come from a second implementation; a saved run goes on with these numbers, so
// they must never change.
#include "base/random.h"

#include <gtest/gtest.h>

#include <bit>
#include <set>

namespace lockstep::test {
namespace {

TEST(MixBits, HasTheValuesOfSplitMix64) {
  EXPECT_EQ(mix_bits(0), 0xe220a8397b1dcdafULL);
  EXPECT_EQ(mix_bits(1), 0x910a2dec89025cc1ULL);
  EXPECT_EQ(mix_bits(2), 0x975835de1c9756ceULL);
  EXPECT_EQ(mix_bits(0xffffffffffffffffULL), 0xe4d971771b652c20ULL);
}

TEST(MixBits, GivesDifferentNumbersForDifferentNumbers) {
  std::set<std::uint64_t> seen;
  for (std::uint64_t x = 0; x < 10'000; ++x) seen.insert(mix_bits(x));
  for (unsigned shift = 14; shift < 64; ++shift) seen.insert(mix_bits(std::uint64_t{1} << shift));
  EXPECT_EQ(seen.size(), 10'050U);
}

TEST(MixBits, OneChangedBitChangesHalfOfTheBits) {
  for (unsigned bit = 0; bit < 64; ++bit) {
    int changed = 0;
    for (std::uint64_t x = 0; x < 100; ++x)
      changed += std::popcount(mix_bits(x) ^ mix_bits(x ^ (std::uint64_t{1} << bit)));
    EXPECT_NEAR(changed / 100.0, 32.0, 3.0) << "bit " << bit;
  }
}

TEST(RandomBits, StayTheSameForEver) {
  EXPECT_EQ(random_bits(1337, RandomPurpose::initialization, 0), 0x86778c4eb324d8d5ULL);
  EXPECT_EQ(random_bits(1337, RandomPurpose::sample_order, 0), 0x111a21675b96e4eaULL);
  EXPECT_EQ(random_bits(1337, RandomPurpose::dropout, 0), 0xdebbb55dd93f5ae9ULL);
  EXPECT_EQ(random_bits(1337, RandomPurpose::dropout, 7, 5), 0x4a56580bc436381dULL);
  EXPECT_EQ(random_bits(0, RandomPurpose::initialization, 0), 0xd1c0270687984b37ULL);
  EXPECT_EQ(random_bits(0, RandomPurpose::training_lines, 0, 1), 0xbf69599ab446e302ULL);
}

TEST(RandomBits, SeedPurposeStreamAndIndexEachGiveOtherNumbers) {
  std::set<std::uint64_t> seen;
  for (std::uint64_t seed = 0; seed < 10; ++seed)
    for (const auto purpose :
         {RandomPurpose::initialization, RandomPurpose::sample_order, RandomPurpose::dropout})
      for (std::uint64_t stream = 0; stream < 20; ++stream)
        for (std::uint64_t index = 0; index < 20; ++index)
          seen.insert(random_bits(seed, purpose, stream, index));
  EXPECT_EQ(seen.size(), 12'000U);
}

TEST(RandomBits, AreKnownWhenTheProgramIsCompiled) {
  static_assert(random_bits(1337, RandomPurpose::dropout, 7, 5) == 0x4a56580bc436381dULL);
}

}  // namespace
}  // namespace lockstep::test
