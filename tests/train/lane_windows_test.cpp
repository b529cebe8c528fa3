// SPDX-License-Identifier: Apache-2.0
#include "train/lane_windows.h"

#include <gtest/gtest.h>

#include <numeric>

namespace lockstep {
namespace {

constexpr std::int64_t kWindows = 45;  // the last batch of an epoch is short
constexpr EpochPlan kPlan{.windows = kWindows, .batch_size = 8, .epochs = 2};

// All that the ranks of a world train on in a part of an epoch, in the order of the lanes.
std::vector<std::int64_t> trained(std::int64_t lanes, std::int64_t ranks, const EpochPart& part) {
  const SampleOrder order(/*seed=*/3, kWindows);
  const LanePlan plan{.batch_size = kPlan.batch_size, .lanes = lanes};
  std::vector<NextWindows> streams;
  for (std::int64_t rank = 0; rank < ranks; ++rank)
    streams.push_back(lane_windows(order, kPlan, plan, plan.lanes_of(rank, ranks), part));
  std::vector<std::int64_t> all;
  for (std::int64_t step = 0; step < part.steps; ++step) {
    const std::int64_t sequences = kPlan.sequences_at(part.cursor + step * kPlan.batch_size);
    for (std::int64_t rank = 0; rank < ranks; ++rank) {
      const IndexRange mine = plan.lanes_of(rank, ranks);
      for (std::int64_t lane = mine.first; lane < mine.last; ++lane) {
        if (plan.sequences_of(lane, sequences).count() == 0) continue;
        const std::vector<std::int64_t> windows = streams[static_cast<std::size_t>(rank)]();
        all.insert(all.end(), windows.begin(), windows.end());
      }
    }
  }
  for (NextWindows& stream : streams) EXPECT_TRUE(stream().empty());
  return all;
}

TEST(LaneWindows, AreTheSameBatchesAtAnyWorldSizeAndInAnyLanes) {
  const EpochPart whole{.epoch = 1, .cursor = 0, .steps = 6};
  const std::vector<std::int64_t> expected = trained(1, 1, whole);
  for (const std::int64_t lanes : {1, 2, 4, 8})
    for (std::int64_t ranks = 1; ranks <= 10; ++ranks)
      EXPECT_EQ(trained(lanes, ranks, whole), expected) << lanes << " lanes, " << ranks << " ranks";
}

TEST(LaneWindows, AreEveryWindowOfAnEpochOnceWhereverItIsInterruptedAndResumed) {
  const std::vector<std::int64_t> world_sizes = {8, 4, 8, 3, 1, 2};
  for (std::int64_t epoch = 0; epoch < 3; ++epoch) {
    for (std::int64_t first = 0; first <= 6; ++first) {
      for (std::int64_t second = first; second <= 6; ++second) {
        std::vector<std::int64_t> all;
        std::size_t process = static_cast<std::size_t>(epoch + first + second);
        for (const auto& [from, to] : {std::pair{std::int64_t{0}, first}, std::pair{first, second},
                                       std::pair{second, std::int64_t{6}}}) {
          const std::vector<std::int64_t> part =
              trained(8, world_sizes[process++ % world_sizes.size()],
                      {.epoch = epoch, .cursor = from * 8, .steps = to - from});
          all.insert(all.end(), part.begin(), part.end());
        }
        std::ranges::sort(all);
        std::vector<std::int64_t> each(kWindows);
        std::iota(each.begin(), each.end(), 0);
        EXPECT_EQ(all, each) << first << " " << second;
      }
    }
  }
}

}  // namespace
}  // namespace lockstep
