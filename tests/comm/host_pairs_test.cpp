// SPDX-License-Identifier: Apache-2.0
#include "comm/host_pairs.h"

#include <gmock/gmock.h>

#include <set>

#include "support/thread_world.h"

namespace lockstep::test {
namespace {

TEST(HostPairs, EveryPairMeetsOnceAndNobodyIsInTwoPlaces) {
  for (int count = 0; count <= 9; ++count) {
    std::set<std::pair<int, int>> met;
    for (const auto& pairs : pair_rounds(count)) {
      std::set<int> busy;
      for (const auto& [one, other] : pairs) {
        EXPECT_TRUE(0 <= one && one < other && other < count);
        EXPECT_TRUE(met.insert({one, other}).second);
        EXPECT_TRUE(busy.insert(one).second);
        EXPECT_TRUE(busy.insert(other).second);
      }
    }
    EXPECT_EQ(met.size(), static_cast<std::size_t>(count * (count - 1) / 2)) << count;
  }
}

TEST(HostPairs, EightHostsNeedSevenRounds) { EXPECT_EQ(pair_rounds(8).size(), 7U); }

TEST(HostPairs, AllRanksHearWhatThoseOfEachHostMeasured) {
  run_ranks(4, [](ThreadWorld& world) {
    ThreadCollectives collectives(world);
    const std::vector<HostPair> pairs = measure_pairs(world, collectives, {0, 1, 3});
    ASSERT_EQ(pairs.size(), 3U);
    EXPECT_EQ(pairs[1].one, 0);
    EXPECT_EQ(pairs[1].other, 2);
    for (const HostPair& pair : pairs) {
      EXPECT_GT(pair.latency_seconds, 0.0);
      EXPECT_GT(pair.bytes_per_second, 0.0);
    }
  });
}

TEST(HostPairs, OneHostHasNoPartner) {
  run_ranks(2, [](ThreadWorld& world) {
    ThreadCollectives collectives(world);
    EXPECT_TRUE(measure_pairs(world, collectives, {0}).empty());
  });
}

}  // namespace
}  // namespace lockstep::test
