// SPDX-License-Identifier: Apache-2.0
#include "optim/step_numbers.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "gpu/on_gpu.h"

namespace lockstep::test {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

at::Tensor some_terms(const StepTerms& counts) {
  at::manual_seed(8);
  at::Tensor terms = at::rand({counts.total()}, at::kDouble);
  for (std::int64_t rank = 0; rank < counts.ranks; ++rank)
    terms[rank] = static_cast<double>(rank % 3);
  return terms;
}

at::Tensor no_numbers() { return at::zeros({kStepNumbers}, at::kDouble); }

void expect_the_cpus_bits(const StepTerms& counts, double clip_norm, const at::Tensor& terms) {
  at::Tensor right = no_numbers();
  sum_up_step(terms, counts, clip_norm, Where::host, right);
  const c10::Device device = gpu_placement(at::kFloat).device;
  at::Tensor ours = no_numbers().to(device);
  sum_up_step(terms.to(device), counts, clip_norm, Where::gpu, ours);
  EXPECT_TRUE(at::equal(ours.cpu().view(at::kLong), right.view(at::kLong)))
      << ours << right << counts.ranks << " ranks, " << counts.blocks << " blocks";
}

TEST(StepNumbersOnGpu, HaveTheBitsOfTheCpus) {
  for (const std::int64_t ranks : {1, 3})
    for (const std::int64_t losses : {1, 8, 1000})
      for (const std::int64_t blocks : {1, 255, 256, 257, 7573})
        for (const double clip_norm : {0.0, 0.7, 1e6}) {
          const StepTerms counts{.ranks = ranks, .losses = losses, .blocks = blocks};
          expect_the_cpus_bits(counts, clip_norm, some_terms(counts));
        }
}

TEST(StepNumbersOnGpu, CountStepsThatAreNone) {
  const StepTerms counts{.ranks = 1, .losses = 2, .blocks = 300};
  const c10::Device device = gpu_placement(at::kFloat).device;
  at::Tensor numbers = no_numbers().to(device);
  const auto skipped_after = [&](std::int64_t place, double value) {
    at::Tensor terms = some_terms(counts);
    terms[place] = value;
    sum_up_step(terms.to(device), counts, 1.0, Where::gpu, numbers);
    const StepNumbers found = step_numbers_in(numbers.cpu());
    EXPECT_EQ(std::isnan(found.gradient_scale), found.skipped_in_a_row > 0.0);
    return found.skipped_in_a_row;
  };
  EXPECT_EQ(skipped_after(1, 2.0), 0.0);
  EXPECT_EQ(skipped_after(1, kInfinity), 1.0);
  EXPECT_EQ(skipped_after(2, std::nan("")), 2.0);
  EXPECT_EQ(skipped_after(3, kInfinity), 3.0);
  EXPECT_EQ(skipped_after(302, std::nan("")), 4.0);
  EXPECT_EQ(skipped_after(302, 0.5), 0.0);
}

TEST(StepNumbersOnGpu, SumTheSquaresOfChunks) {
  at::manual_seed(5);
  const at::Tensor gradient = at::randn({100'003});
  const c10::Device device = gpu_placement(at::kFloat).device;
  const std::int64_t block = elements_of_block(Where::gpu);
  const at::Tensor sums = at::empty({(gradient.numel() + block - 1) / block},
                                    at::TensorOptions(at::kDouble).device(device));
  sum_squares(gradient.to(device), Where::gpu, sums);
  for (std::int64_t i = 0; i < sums.numel(); ++i) {
    const std::int64_t count = std::min(block, gradient.numel() - i * block);
    const double right =
        gradient.narrow(0, i * block, count).to(at::kDouble).square().sum().item<double>();
    EXPECT_NEAR(sums[i].item<double>(), right, 1e-12 * right);
  }
}

}  // namespace
}  // namespace lockstep::test
