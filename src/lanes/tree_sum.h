// SPDX-License-Identifier: Apache-2.0
// Adds nodes of several ranks along the tree over the lanes, element by element.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "lanes/lane_tree.h"

namespace lockstep {

class TreeSum {
 public:
  // `nodes` in order; together each lane of `root` once.
  TreeSum(const std::vector<TreeNode>& nodes, const TreeNode& root);

  std::size_t sources() const { return sources_; }
  // The tree as a stack computes it: a source is put onto it, or its upper two become their sum.
  enum class Move : char { take, add };
  const std::vector<Move>& moves() const { return moves_; }
  // How high the stack becomes.
  std::size_t depth() const { return depth_; }

  // destination[i] becomes the sum of sources[0][i], sources[1][i], ..., one source for each node.
  // `destination` may be one of the sources. THREADS: any number at once.
  void add(std::span<const float* const> sources, std::span<float> destination) const;

 private:
  void build(const TreeNode& node, const std::vector<TreeNode>& nodes, std::size_t height);

  std::vector<Move> moves_;
  std::size_t sources_ = 0;
  std::size_t depth_ = 0;
};

}  // namespace lockstep
