// SPDX-License-Identifier: Apache-2.0
#include "lanes/tree_sum.h"

#include <algorithm>
#include <cassert>

#include "base/vector_clones.h"

namespace lockstep {
namespace {

constexpr std::size_t kBlock = 2048;  // elements at once: a stack of them stays in the cache

LOCKSTEP_VECTOR_CLONES
void add_block(const float* one, const float* other, float* sum, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) sum[i] = one[i] + other[i];
}

// The sums that wait for their other half: sources as they are, and blocks of our own.
class Stack {
 public:
  explicit Stack(std::size_t depth) : blocks_(depth * kBlock) {}

  void take(const float* source) { waiting_.push_back(source); }
  void add_upper_two(float* sum, std::size_t count) {
    const float* const upper = waiting_.back();
    waiting_.pop_back();
    add_block(waiting_.back(), upper, sum, count);
    waiting_.back() = sum;
  }
  // Where the sum of the upper two may go.
  float* block() { return blocks_.data() + (waiting_.size() - 2) * kBlock; }
  const float* pop() {
    const float* const last = waiting_.back();
    waiting_.pop_back();
    return last;
  }

 private:
  std::vector<float> blocks_;
  std::vector<const float*> waiting_;
};

}  // namespace

TreeSum::TreeSum(const std::vector<TreeNode>& nodes, const TreeNode& root) {
  build(root, nodes, 0);
  assert(sources_ == nodes.size());
}

// `height`: of the stack before.
void TreeSum::build(const TreeNode& node, const std::vector<TreeNode>& nodes, std::size_t height) {
  if (nodes.at(sources_) == node) {
    ++sources_;
    moves_.push_back(Move::take);
    depth_ = std::max(depth_, height + 1);
    return;
  }
  build(first_child(node), nodes, height);
  build(second_child(node), nodes, height + 1);
  moves_.push_back(Move::add);
}

void TreeSum::add(std::span<const float* const> sources, std::span<float> destination) const {
  assert(sources.size() == sources_);
  Stack stack(depth_);
  for (std::size_t first = 0; first < destination.size(); first += kBlock) {
    const std::size_t count = std::min(kBlock, destination.size() - first);
    float* const target = destination.data() + first;
    std::size_t next = 0;
    for (std::size_t i = 0; i < moves_.size(); ++i) {
      if (moves_[i] == Move::take)
        stack.take(sources[next++] + first);
      else
        stack.add_upper_two(i + 1 == moves_.size() ? target : stack.block(), count);
    }
    if (const float* const sum = stack.pop(); sum != target) std::copy_n(sum, count, target);
  }
}

}  // namespace lockstep
