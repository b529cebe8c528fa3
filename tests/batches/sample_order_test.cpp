// SPDX-License-Identifier: Apache-2.0
#include "batches/sample_order.h"

#include <gmock/gmock.h>

#include <cstdlib>
#include <vector>

namespace lockstep::test {
namespace {

using testing::Each;
using testing::ElementsAre;

std::vector<std::int64_t> first_windows(const SampleOrder& order, std::int64_t epoch,
                                        std::int64_t positions) {
  std::vector<std::int64_t> windows;
  for (std::int64_t position = 0; position < positions; ++position)
    windows.push_back(order.window(epoch, position));
  return windows;
}

// How often an epoch visits each of `count` windows.
std::vector<int> visits(std::uint64_t seed, std::int64_t count, std::int64_t epoch) {
  const SampleOrder order(seed, count);
  std::vector<int> visits(static_cast<std::size_t>(count), 0);
  for (std::int64_t position = 0; position < count; ++position)
    ++visits.at(static_cast<std::size_t>(order.window(epoch, position)));
  return visits;
}

TEST(SampleOrder, AnEpochVisitsEveryWindowOnce) {
  for (std::int64_t count = 1; count <= 300; ++count)
    EXPECT_THAT(visits(1337, count, 0), Each(1)) << count << " windows";
}

TEST(SampleOrder, ABigEpochVisitsEveryWindowOnce) {
  for (const std::int64_t count : {1023, 1024, 1025, 4097, 65'535, 65'536, 65'537, 300'000})
    EXPECT_THAT(visits(1337, count, 2), Each(1)) << count << " windows";
}

TEST(SampleOrder, AnySeedAndAnyEpochIsAPermutation) {
  for (const std::uint64_t seed : {std::uint64_t{0}, std::uint64_t{1}, ~std::uint64_t{0}})
    for (const std::int64_t epoch : {0, 1, 7, 1'000'000})
      EXPECT_THAT(visits(seed, 100, epoch), Each(1)) << "seed " << seed << ", epoch " << epoch;
}

// A second implementation gave these. A saved run goes on in this order, so it must never change.
TEST(SampleOrder, StaysTheSameForEver) {
  EXPECT_THAT(first_windows(SampleOrder(1337, 10), 0, 10),
              ElementsAre(1, 5, 4, 3, 8, 0, 9, 7, 2, 6));
  EXPECT_THAT(first_windows(SampleOrder(1337, 10), 1, 10),
              ElementsAre(0, 4, 8, 2, 7, 5, 6, 3, 9, 1));
  EXPECT_THAT(first_windows(SampleOrder(42, 1000), 3, 8),
              ElementsAre(39, 193, 952, 704, 964, 738, 401, 543));
}

TEST(SampleOrder, SeeksAnywhereInAHugeEpoch) {
  const SampleOrder order(7, 1'000'000'000'000);
  EXPECT_EQ(order.window(5, 0), 960'284'013'454);
  EXPECT_EQ(order.window(5, 1), 318'805'842'149);
  EXPECT_EQ(order.window(5, 999'999'999'999), 628'034'499'525);
}

TEST(SampleOrder, EveryEpochHasAnOrderOfItsOwn) {
  const SampleOrder order(1337, 1000);
  EXPECT_NE(first_windows(order, 0, 1000), first_windows(order, 1, 1000));
  EXPECT_NE(first_windows(order, 1, 1000), first_windows(order, 2, 1000));
}

TEST(SampleOrder, EverySeedHasAnOrderOfItsOwn) {
  EXPECT_NE(first_windows(SampleOrder(1, 1000), 0, 1000),
            first_windows(SampleOrder(2, 1000), 0, 1000));
}

TEST(SampleOrder, AskedAgainGivesTheSame) {
  const SampleOrder order(1337, 1000);
  EXPECT_EQ(first_windows(order, 4, 1000), first_windows(order, 4, 1000));
}

// A fair shuffle of n windows moves each by n / 3 on average.
TEST(SampleOrder, MovesWindowsAsFarAsAFairShuffleDoes) {
  const SampleOrder order(1337, 10'000);
  double moved = 0.0;
  for (std::int64_t position = 0; position < 10'000; ++position)
    moved += static_cast<double>(std::abs(order.window(0, position) - position));
  EXPECT_NEAR(moved / 10'000, 3333.0, 100.0);
}

// Over many epochs each window is first about equally often: 600 +- 4 standard deviations.
TEST(SampleOrder, StartsWithEveryWindowEquallyOften) {
  const SampleOrder order(1337, 10);
  std::vector<int> first(10, 0);
  for (std::int64_t epoch = 0; epoch < 6000; ++epoch)
    ++first.at(static_cast<std::size_t>(order.window(epoch, 0)));
  EXPECT_THAT(first, Each(testing::AllOf(testing::Gt(507), testing::Lt(693))));
}

TEST(SampleOrder, OneWindowIsAlwaysNext) { EXPECT_EQ(SampleOrder(1337, 1).window(12, 0), 0); }

}  // namespace
}  // namespace lockstep::test
