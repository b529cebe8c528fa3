// SPDX-License-Identifier: Apache-2.0
#include "lanes/lane_tree.h"

#include <algorithm>
#include <bit>

namespace lockstep {
namespace {

std::int64_t middle_of(const TreeNode& node) {
  return node.first +
         static_cast<std::int64_t>(std::bit_ceil(static_cast<std::uint64_t>(node.count())) / 2);
}

void cover(const IndexRange& mine, const TreeNode& node, std::vector<TreeNode>& nodes) {
  if (node.last <= mine.first || node.first >= mine.last) return;
  if (mine.first <= node.first && node.last <= mine.last) return nodes.push_back(node);
  cover(mine, first_child(node), nodes);
  cover(mine, second_child(node), nodes);
}

void merge(const std::vector<TreeNode>& nodes, const TreeNode& node,
           std::vector<TreeNode>& result) {
  std::int64_t lanes = 0;
  for (const TreeNode& each : nodes)
    if (node.first <= each.first && each.last <= node.last) lanes += each.count();
  if (lanes == 0) return;
  if (lanes == node.count()) return result.push_back(node);
  merge(nodes, first_child(node), result);
  merge(nodes, second_child(node), result);
}

void fold(const TreeNode& node, std::size_t buffer, LaneFold& plan) {
  plan.buffers = std::max(plan.buffers, buffer + 1);
  if (node.count() == 1) {
    plan.steps.push_back({.lane = node.first, .buffer = buffer, .folds = {}});
    return;
  }
  fold(first_child(node), buffer, plan);
  fold(second_child(node), buffer + 1, plan);
  plan.steps.back().folds.push_back(buffer);
}

}  // namespace

TreeNode first_child(const TreeNode& node) { return {node.first, middle_of(node)}; }
TreeNode second_child(const TreeNode& node) { return {middle_of(node), node.last}; }

std::vector<TreeNode> tree_nodes(const IndexRange& mine, std::int64_t lanes) {
  std::vector<TreeNode> nodes;
  if (mine.count() > 0) cover(mine, {0, lanes}, nodes);
  return nodes;
}

NodesOfRanks nodes_of_ranks(const LanePlan& plan, std::int64_t world_size) {
  NodesOfRanks nodes;
  for (std::int64_t rank = 0; rank < world_size; ++rank)
    nodes.push_back(tree_nodes(plan.lanes_of(rank, world_size), plan.lanes));
  return nodes;
}

std::vector<TreeNode> all_nodes(const LanePlan& plan, std::int64_t world_size) {
  std::vector<TreeNode> all;
  for (const std::vector<TreeNode>& theirs : nodes_of_ranks(plan, world_size))
    all.insert(all.end(), theirs.begin(), theirs.end());
  return all;
}

std::vector<TreeNode> merged(const std::vector<TreeNode>& nodes, std::int64_t lanes) {
  std::vector<TreeNode> result;
  merge(nodes, {0, lanes}, result);
  return result;
}

LaneFold lane_fold(const std::vector<TreeNode>& nodes) {
  LaneFold plan{.nodes = nodes.size()};
  for (std::size_t i = 0; i < nodes.size(); ++i) fold(nodes[i], i, plan);
  return plan;
}

}  // namespace lockstep
