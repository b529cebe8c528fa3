// SPDX-License-Identifier: Apache-2.0
#include "lanes/tree_sum.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>

namespace lockstep::test {
namespace {

using Numbers = std::vector<float>;

// Sums of these round differently in almost every order.
Numbers lane_numbers(std::int64_t lane, std::size_t count) {
  Numbers numbers(count);
  for (std::size_t i = 0; i < count; ++i)
    numbers[i] = std::sin(static_cast<float>(i * 31 + 1) * static_cast<float>(lane + 1)) *
                 std::exp2(static_cast<float>((lane * 7 + static_cast<std::int64_t>(i)) % 11));
  return numbers;
}

// By the definition, one number after the other.
Numbers sum_of(const TreeNode& node, std::size_t count) {
  if (node.count() == 1) return lane_numbers(node.first, count);
  Numbers sum = sum_of(first_child(node), count);
  const Numbers rest = sum_of(second_child(node), count);
  for (std::size_t i = 0; i < count; ++i) sum[i] += rest[i];
  return sum;
}

Numbers added(const std::vector<TreeNode>& nodes, std::int64_t lanes, std::size_t count) {
  std::vector<Numbers> values;
  std::vector<const float*> sources;
  values.reserve(nodes.size());
  sources.reserve(nodes.size());
  for (const TreeNode& node : nodes) {
    values.push_back(sum_of(node, count));
    sources.push_back(values.back().data());
  }
  Numbers sum(count, -1.0F);
  TreeSum(nodes, {0, lanes}).add(sources, sum);
  return sum;
}

std::vector<TreeNode> nodes_on(std::int64_t lanes, std::int64_t ranks) {
  return all_nodes({.batch_size = lanes, .lanes = lanes}, ranks);
}

TEST(TreeSum, IsTheSameToTheLastBitHoweverManyRanksHoldTheLanes) {
  for (std::int64_t lanes = 1; lanes <= 16; ++lanes) {
    const Numbers expected = sum_of({0, lanes}, 50);
    for (std::int64_t ranks = 1; ranks <= 16; ++ranks)
      EXPECT_EQ(added(nodes_on(lanes, ranks), lanes, 50), expected) << lanes << " on " << ranks;
  }
}

// Were it not, the test above would prove nothing.
TEST(TreeSum, AnotherOrderGivesOtherBits) {
  const Numbers expected = sum_of({0, 8}, 50);
  Numbers in_a_row = lane_numbers(0, 50);
  for (std::int64_t lane = 1; lane < 8; ++lane)
    for (std::size_t i = 0; i < 50; ++i) in_a_row[i] += lane_numbers(lane, 50)[i];
  EXPECT_NE(in_a_row, expected);
}

// The height of the stack, counted move by move.
std::size_t counted_depth(const TreeSum& sum) {
  std::size_t height = 0, depth = 0;
  for (const TreeSum::Move move : sum.moves()) {
    move == TreeSum::Move::take ? ++height : --height;
    depth = std::max(depth, height);
  }
  return depth;
}

TEST(TreeSum, KnowsHowHighItsStackBecomes) {
  for (std::int64_t lanes = 1; lanes <= 130; ++lanes)
    for (const std::int64_t ranks : {1, 2, 3, 5, 8, 64, 130}) {
      const TreeSum sum(nodes_on(lanes, ranks), {0, lanes});
      EXPECT_EQ(sum.depth(), counted_depth(sum)) << lanes << " on " << ranks;
      EXPECT_LE(sum.depth(), std::bit_width(static_cast<std::uint64_t>(lanes - 1)) + 1U);
    }
}

// So few sources would need less, were each rank's lanes a subtree.
TEST(TreeSum, MayHaveAHigherStackThanItsSourcesSuggest) {
  const TreeSum sum(nodes_on(60, 2), {0, 60});
  EXPECT_EQ(sum.sources(), 6U);
  EXPECT_EQ(sum.depth(), 5U);
  EXPECT_EQ(added(nodes_on(60, 2), 60, 50), sum_of({0, 60}, 50));
}

TEST(TreeSum, TakesAnyNumberOfElements) {
  for (const std::size_t count : {0, 1, 2047, 2048, 2049, 10'000})
    EXPECT_EQ(added(nodes_on(6, 3), 6, count), sum_of({0, 6}, count)) << count;
}

TEST(TreeSum, MayBeWrittenOverAnyOfItsSources) {
  for (std::size_t target = 0; target < 4; ++target) {
    std::vector<Numbers> values;
    std::vector<const float*> sources;
    values.reserve(4);
    sources.reserve(4);
    for (std::int64_t lane = 0; lane < 4; ++lane) {
      values.push_back(lane_numbers(lane, 5000));
      sources.push_back(values.back().data());
    }
    TreeSum(nodes_on(4, 4), {0, 4}).add(sources, values[target]);
    EXPECT_EQ(values[target], sum_of({0, 4}, 5000)) << target;
  }
}

}  // namespace
}  // namespace lockstep::test
