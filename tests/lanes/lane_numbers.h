// SPDX-License-Identifier: Apache-2.0
// Gradients that tell lanes, steps and elements apart, and what the tree makes of them.
#pragma once

#include <cmath>
#include <cstdint>

#include "lanes/lane_tree.h"

namespace lockstep::test {

inline float gradient_of(std::int64_t step, std::int64_t lane, std::int64_t element) {
  return std::sin(static_cast<float>(element % 1013) + static_cast<float>(lane) * 0.37F +
                  static_cast<float>(step));
}

inline float sum_of(std::int64_t step, const TreeNode& node, std::int64_t element) {
  if (node.count() == 1) return gradient_of(step, node.first, element);
  return sum_of(step, first_child(node), element) + sum_of(step, second_child(node), element);
}

}  // namespace lockstep::test
