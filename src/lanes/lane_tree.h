// SPDX-License-Identifier: Apache-2.0
// The one binary tree in which the gradients of the lanes are added, whoever computes them. The sum
// over n lanes is the sum over the first of them plus the sum over the rest, where "the first" are
// the largest power of two below n. Floating-point addition rounds, so its order is part of the
// result: every rank adds along this tree, and the world size cannot be seen in the sum. Pure.
#pragma once

#include <cstddef>
#include <vector>

#include "lanes/lane_plan.h"

namespace lockstep {

// A node is named by the lanes below it. A node of one lane is a leaf.
using TreeNode = IndexRange;

// REQUIRES: node.count() > 1.
TreeNode first_child(const TreeNode& node);
TreeNode second_child(const TreeNode& node);

// The fewest nodes of the tree over `lanes` lanes that together are the lanes `mine`, in order.
std::vector<TreeNode> tree_nodes(const IndexRange& mine, std::int64_t lanes);

using NodesOfRanks = std::vector<std::vector<TreeNode>>;

// The nodes of every rank, in order: each lane once.
NodesOfRanks nodes_of_ranks(const LanePlan& plan, std::int64_t world_size);

// The same as one list: the order in which they are added.
std::vector<TreeNode> all_nodes(const LanePlan& plan, std::int64_t world_size);

// The fewest nodes of the tree over `lanes` lanes that are the same lanes as `nodes`, of which none
// is below another; in order.
std::vector<TreeNode> merged(const std::vector<TreeNode>& nodes, std::int64_t lanes);

// How one rank adds up its nodes while it computes lane after lane, in as few buffers as it can.
struct LaneFold {
  struct Step {
    std::int64_t lane = 0;
    std::size_t buffer = 0;  // which the lane's gradient is left in
    // Afterwards: for each of these, in order, buffer i += buffer i + 1.
    std::vector<std::size_t> folds;
  };
  std::vector<Step> steps;  // one for each lane of the rank, in order
  std::size_t buffers = 0;
  std::size_t nodes = 0;  // node i ends up in buffer i
};
LaneFold lane_fold(const std::vector<TreeNode>& nodes);

}  // namespace lockstep
