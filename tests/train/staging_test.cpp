// SPDX-License-Identifier: Apache-2.0
#include "train/staging.h"

#include <gtest/gtest.h>

#include <numeric>

namespace lockstep {
namespace {

TEST(Staging, KeepsItsRangeAsItWasWhenItWasCopied) {
  std::vector<float> live(10);
  std::iota(live.begin(), live.end(), 0.0F);
  Staging staging({4, 7});
  PerArray<const float*> arrays;
  for (const StateArray array : kStateArrays) arrays[array] = live.data() + 4;
  staging.copy(arrays);
  std::fill(live.begin(), live.end(), -1.0F);
  const StateSlice slice = staging.slice();
  EXPECT_EQ(slice.range, (ElementRange{4, 7}));
  for (const StateArray array : kStateArrays) {
    const std::vector<float> kept(slice.values[array].begin(), slice.values[array].end());
    EXPECT_EQ(kept, (std::vector<float>{4.0F, 5.0F, 6.0F}));
  }
}

TEST(Staging, MayBeEmpty) {
  Staging staging({8, 8});
  staging.copy({});
  EXPECT_TRUE(staging.slice().values[StateArray::parameters].empty());
}

}  // namespace
}  // namespace lockstep
