// SPDX-License-Identifier: Apache-2.0
#include "optim/gradient_norm.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace lockstep::test {
namespace {

std::vector<double> sums_of(const at::Tensor& gradients) {
  const std::int64_t blocks = (gradients.numel() + kNormBlockElements - 1) / kNormBlockElements;
  const at::Tensor sums = at::empty({blocks}, at::kDouble);
  block_square_sums(gradients, sums);
  const auto* const first = sums.const_data_ptr<double>();
  return {first, first + sums.numel()};
}

double norm_of(const at::Tensor& gradients) { return norm_of_blocks(sums_of(gradients)); }

TEST(GradientNorm, IsTheRootOfTheSumOfSquares) {
  EXPECT_EQ(norm_of(at::tensor({3.0F, 0.0F, 4.0F})), 5.0);
}

TEST(GradientNorm, MeasuresManySmallNumbersExactly) {
  EXPECT_NEAR(norm_of(at::full({10'000'000}, 0.1, at::kFloat)), 316.22776, 0.0005);
}

TEST(GradientNorm, IsTheSameToTheLastBitWithAnyNumberOfThreads) {
  const at::Tensor gradients = at::arange(5'000'001, at::kFloat).mul_(0.1F).sin_();
  const int before = at::get_num_threads();
  at::set_num_threads(1);
  const double of_one_thread = norm_of(gradients);
  at::set_num_threads(3);
  const double of_three_threads = norm_of(gradients);
  at::set_num_threads(before);
  EXPECT_EQ(of_one_thread, of_three_threads);
}

// As ranks do it, whose shards are whole blocks.
TEST(GradientNorm, IsTheSameToTheLastBitFromThePartsOfSeveralRanks) {
  const at::Tensor gradients = at::arange(1'000'001, at::kFloat).mul_(0.1F).sin_();
  for (const std::int64_t blocks : {1, 7, 100}) {
    std::vector<double> sums;
    const std::int64_t part = blocks * kNormBlockElements;
    for (std::int64_t first = 0; first < gradients.numel(); first += part) {
      const std::vector<double> more =
          sums_of(gradients.narrow(0, first, std::min(part, gradients.numel() - first)));
      sums.insert(sums.end(), more.begin(), more.end());
    }
    EXPECT_EQ(norm_of_blocks(sums), norm_of(gradients)) << blocks;
  }
}

TEST(GradientNorm, MeasuresNumbersWhoseSquaresNoFloatHolds) {
  EXPECT_NEAR(norm_of(at::tensor({3e30F, 0.0F, 4e30F})) / 5e30, 1.0, 1e-6);
  EXPECT_NEAR(norm_of(at::tensor({3e-30F, 0.0F, 4e-30F})) / 5e-30, 1.0, 1e-6);
}

TEST(GradientNorm, TakesAnyNumberOfElements) {
  for (const std::int64_t count : {0, 1, 7, 8, 9, 4095, 4096, 4097, 4 << 20, (4 << 20) + 1}) {
    const at::Tensor gradients = at::ones({count}, at::kFloat);
    EXPECT_DOUBLE_EQ(norm_of(gradients), std::sqrt(static_cast<double>(count)));
  }
}

TEST(GradientNorm, OfNumbersThatAreNotFiniteIsNotFinite) {
  EXPECT_TRUE(std::isnan(norm_of(at::tensor({1.0F, std::numeric_limits<float>::quiet_NaN()}))));
  EXPECT_TRUE(std::isinf(norm_of(at::tensor({1.0F, -std::numeric_limits<float>::infinity()}))));
}

TEST(ClipScale, MakesLongGradientsAsLongAsAllowedAndNeverLonger) {
  EXPECT_NEAR(clip_scale(5.0, 1.0), 0.2, 1e-6);
  EXPECT_LE(5.0 * clip_scale(5.0, 1.0), 1.0);
}

TEST(ClipScale, LeavesShortGradientsAlone) {
  EXPECT_EQ(clip_scale(5.0, 5.1), 1.0);
  EXPECT_EQ(clip_scale(0.0, 1.0), 1.0);
}

TEST(ClipScale, ZeroTurnsClippingOff) { EXPECT_EQ(clip_scale(5.0, 0.0), 1.0); }

}  // namespace
}  // namespace lockstep::test
