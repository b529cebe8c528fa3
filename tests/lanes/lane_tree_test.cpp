// SPDX-License-Identifier: Apache-2.0
#include "lanes/lane_tree.h"

#include <gmock/gmock.h>

#include <bit>
#include <string>

namespace lockstep::test {
namespace {

using testing::ElementsAre;

constexpr std::int64_t kMost = 16;  // lanes and ranks

std::string plus(const std::string& one, const std::string& other) {
  std::string sum = "(";
  sum.append(one).append("+").append(other).append(")");
  return sum;
}

// "((0+1)+2)": how the tree adds the lanes of a node.
std::string sum_text(const TreeNode& node) {
  if (node.count() == 1) return std::to_string(node.first);
  return plus(sum_text(first_child(node)), sum_text(second_child(node)));
}

// The same from the definition by levels: two neighbours are added, one without passes.
std::string sum_by_levels(std::int64_t lanes) {
  std::vector<std::string> level;
  for (std::int64_t lane = 0; lane < lanes; ++lane) level.push_back(std::to_string(lane));
  while (level.size() > 1) {
    std::vector<std::string> next;
    for (std::size_t i = 0; i < level.size(); i += 2)
      next.push_back(i + 1 < level.size() ? plus(level[i], level[i + 1]) : level[i]);
    level = std::move(next);
  }
  return level.front();
}

TEST(LaneTree, AddsNeighboursLevelByLevel) {
  EXPECT_EQ(sum_text({0, 1}), "0");
  EXPECT_EQ(sum_text({0, 3}), "((0+1)+2)");
  EXPECT_EQ(sum_text({0, 8}), "(((0+1)+(2+3))+((4+5)+(6+7)))");
  for (std::int64_t lanes = 1; lanes <= 100; ++lanes)
    EXPECT_EQ(sum_text({0, lanes}), sum_by_levels(lanes)) << lanes;
}

TEST(TreeNodes, AreTheFewestThatCoverTheLanes) {
  EXPECT_THAT(tree_nodes({0, 8}, 8), ElementsAre(TreeNode{0, 8}));
  EXPECT_THAT(tree_nodes({2, 4}, 8), ElementsAre(TreeNode{2, 4}));
  EXPECT_THAT(tree_nodes({1, 4}, 8), ElementsAre(TreeNode{1, 2}, TreeNode{2, 4}));
  EXPECT_THAT(tree_nodes({3, 6}, 6), ElementsAre(TreeNode{3, 4}, TreeNode{4, 6}));
  EXPECT_THAT(tree_nodes({5, 5}, 8), ElementsAre());
}

// A rank whose lanes are split evenly by a power of two has one node.
TEST(TreeNodes, AreOneWhereLanesAndRanksArePowersOfTwo) {
  for (std::int64_t lanes = 1; lanes <= kMost; lanes *= 2)
    for (std::int64_t ranks = 1; ranks <= lanes; ranks *= 2)
      for (const auto& nodes : nodes_of_ranks({.batch_size = lanes, .lanes = lanes}, ranks))
        EXPECT_EQ(nodes.size(), 1U) << lanes << " lanes on " << ranks;
}

TEST(NodesOfRanks, TogetherAreEachLaneOnceForAllWorldSizes) {
  for (std::int64_t lanes = 1; lanes <= kMost; ++lanes) {
    for (std::int64_t ranks = 1; ranks <= kMost; ++ranks) {
      const LanePlan plan{.batch_size = lanes, .lanes = lanes};
      std::int64_t next = 0;
      std::int64_t rank = 0;
      for (const std::vector<TreeNode>& nodes : nodes_of_ranks(plan, ranks)) {
        EXPECT_EQ(plan.lanes_of(rank, ranks).first, next);
        for (const TreeNode& node : nodes) {
          EXPECT_EQ(node.first, next);
          next = node.last;
        }
        EXPECT_EQ(plan.lanes_of(rank++, ranks).last, next);
        EXPECT_LE(nodes.size(), 2 * std::bit_width(static_cast<std::uint64_t>(lanes)));
      }
      EXPECT_EQ(next, lanes) << lanes << " lanes on " << ranks;
    }
  }
}

// What a host has: the lanes of neighbouring ranks, or any others.
TEST(MergedNodes, AreTheFewestOfTheSameLanes) {
  for (std::int64_t lanes = 1; lanes <= kMost; ++lanes) {
    for (std::int64_t ranks = 1; ranks <= kMost; ++ranks) {
      const auto nodes = nodes_of_ranks({.batch_size = lanes, .lanes = lanes}, ranks);
      EXPECT_EQ(merged(all_nodes({.batch_size = lanes, .lanes = lanes}, ranks), lanes),
                (std::vector<TreeNode>{{0, lanes}}));
      const auto half = static_cast<std::size_t>((ranks + 1) / 2);
      std::vector<TreeNode> first_half;
      for (std::size_t rank = 0; rank < half; ++rank)
        first_half.insert(first_half.end(), nodes[rank].begin(), nodes[rank].end());
      const IndexRange covered{0, first_half.empty() ? 0 : first_half.back().last};
      EXPECT_EQ(merged(first_half, lanes), tree_nodes(covered, lanes)) << lanes << " on " << ranks;
    }
  }
  EXPECT_EQ(merged({{0, 1}, {2, 3}, {3, 4}, {6, 8}}, 8),
            (std::vector<TreeNode>{{0, 1}, {2, 4}, {6, 8}}));
  EXPECT_TRUE(merged({}, 4).empty());
}

// Carries a fold out on texts: what each buffer ends up with.
std::vector<std::string> folded(const LaneFold& plan) {
  std::vector<std::string> buffers(plan.buffers, "left over");
  for (const LaneFold::Step& step : plan.steps) {
    std::string& buffer = buffers[step.buffer];
    buffer = std::to_string(step.lane);
    for (const std::size_t i : step.folds) buffers[i] = plus(buffers[i], buffers[i + 1]);
  }
  return buffers;
}

TEST(LaneFold, LeavesEveryNodeInItsBufferForAllWorldSizes) {
  for (std::int64_t lanes = 1; lanes <= kMost; ++lanes) {
    for (std::int64_t ranks = 1; ranks <= kMost; ++ranks) {
      for (const auto& nodes : nodes_of_ranks({.batch_size = lanes, .lanes = lanes}, ranks)) {
        const LaneFold plan = lane_fold(nodes);
        const std::vector<std::string> buffers = folded(plan);
        ASSERT_EQ(plan.nodes, nodes.size());
        for (std::size_t i = 0; i < nodes.size(); ++i)
          EXPECT_EQ(buffers[i], sum_text(nodes[i])) << lanes << " lanes on " << ranks;
      }
    }
  }
}

TEST(LaneFold, NeedsFewBuffers) {
  EXPECT_EQ(lane_fold({}).buffers, 0U);
  EXPECT_EQ(lane_fold({{0, 1}}).buffers, 1U);
  EXPECT_EQ(lane_fold({{0, 2}}).buffers, 2U);
  EXPECT_EQ(lane_fold({{0, 4}}).buffers, 3U);
  EXPECT_EQ(lane_fold({{0, 8}}).buffers, 4U);
  EXPECT_EQ(lane_fold({{0, 16}}).buffers, 5U);
}

}  // namespace
}  // namespace lockstep::test
