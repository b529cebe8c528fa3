// SPDX-License-Identifier: Apache-2.0
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <vector>

#include "device/kernel_launch.h"
#include "gpu/on_gpu.h"
#include "lanes/cuda_tree_sum.h"
#include "train/tensor_span.h"

namespace lockstep::test {
namespace {

std::vector<TreeNode> nodes_on(std::int64_t lanes, std::int64_t ranks) {
  return all_nodes({.batch_size = lanes, .lanes = lanes}, ranks);
}

std::vector<const float*> places_of(const std::vector<at::Tensor>& tensors) {
  std::vector<const float*> places;
  places.reserve(tensors.size());
  for (const at::Tensor& tensor : tensors) places.push_back(tensor.const_data_ptr<float>());
  return places;
}

// `shift` elements from where vectors begin.
void expect_the_cpus_bits(std::int64_t lanes, std::int64_t ranks, std::int64_t count,
                          std::int64_t shift = 0) {
  const c10::Device device = gpu_placement(at::kFloat).device;
  const std::vector<TreeNode> nodes = nodes_on(lanes, ranks);
  const TreeSum sum(nodes, {0, lanes});
  at::manual_seed(3);
  std::vector<at::Tensor> on_host, on_gpu;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    const at::Tensor numbers = at::randn({count + shift}, at::kFloat) * std::exp2(i % 7);
    on_host.push_back(numbers.narrow(0, shift, count));
    on_gpu.push_back(numbers.to(device).narrow(0, shift, count));
  }
  at::Tensor right = at::empty({count}, at::kFloat);
  sum.add(places_of(on_host), span_of(right));
  at::Tensor ours = at::empty({count}, right.options().device(device));
  cuda::add_along_tree(sum, places_of(on_gpu), span_of(ours), cuda::current_stream());
  EXPECT_TRUE(at::equal(ours.cpu(), right))
      << lanes << " lanes on " << ranks << " ranks, " << count;
}

TEST(TreeSumOnGpu, HasTheBitsOfTheCpus) {
  for (const std::int64_t ranks : {1, 2, 3, 5, 8}) expect_the_cpus_bits(8, ranks, 10'000);
  expect_the_cpus_bits(7, 3, 10'000);
}

TEST(TreeSumOnGpu, TakesAnyNumberOfElementsFromAnyPlace) {
  for (const std::int64_t count : {0, 1, 3, 4, 5, 1023, 1025}) expect_the_cpus_bits(4, 4, count);
  expect_the_cpus_bits(4, 4, 1025, 1);
}

TEST(TreeSumOnGpu, HasThemWhereRanksHaveNodesOfAllSizes) {
  for (const std::int64_t lanes : {30, 31, 60, 63, 126, 500}) expect_the_cpus_bits(lanes, 2, 1000);
  expect_the_cpus_bits(8191, 2, 100);
}

TEST(TreeSumOnGpu, TakesManySources) {
  for (const std::int64_t ranks : {9, 64, 1000, 1024}) expect_the_cpus_bits(ranks, ranks, 100);
}

}  // namespace
}  // namespace lockstep::test
