// SPDX-License-Identifier: Apache-2.0
#include "optim/clip.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace lockstep::test {
namespace {

at::Tensor three_and_four() { return at::tensor({3.0F, 0.0F, 4.0F}); }

double norm_of(const at::Tensor& tensor) { return tensor.to(at::kDouble).norm().item<double>(); }

TEST(ClipGradients, ReturnsTheNormBeforeClipping) {
  at::Tensor gradients = three_and_four();
  EXPECT_EQ(clip_gradients(gradients, 1.0), 5.0);
}

TEST(ClipGradients, ScalesLongGradientsToTheLongestAllowed) {
  at::Tensor gradients = three_and_four();
  clip_gradients(gradients, 1.0);
  EXPECT_NEAR(gradients[0].item<double>(), 0.6, 1e-6);
  EXPECT_NEAR(gradients[1].item<double>(), 0.0, 1e-6);
  EXPECT_NEAR(gradients[2].item<double>(), 0.8, 1e-6);
}

TEST(ClipGradients, NeverLeavesMoreThanTheLongestAllowed) {
  at::Tensor gradients = at::arange(1000, at::kFloat);
  clip_gradients(gradients, 0.1);
  EXPECT_LE(norm_of(gradients), 0.1 + 1e-8);
}

TEST(ClipGradients, LeavesShortGradientsAloneToTheLastBit) {
  at::Tensor gradients = three_and_four();
  EXPECT_EQ(clip_gradients(gradients, 5.1), 5.0);
  EXPECT_TRUE(at::equal(gradients, three_and_four()));
}

TEST(ClipGradients, ZeroTurnsClippingOffButStillMeasures) {
  at::Tensor gradients = three_and_four();
  EXPECT_EQ(clip_gradients(gradients, 0.0), 5.0);
  EXPECT_TRUE(at::equal(gradients, three_and_four()));
}

TEST(ClipGradients, ZerosStayZeros) {
  at::Tensor gradients = at::zeros({10}, at::kFloat);
  EXPECT_EQ(clip_gradients(gradients, 1.0), 0.0);
  EXPECT_TRUE(at::equal(gradients, at::zeros({10}, at::kFloat)));
}

TEST(ClipGradients, MeasuresManySmallNumbersExactly) {
  at::Tensor gradients = at::full({10'000'000}, 0.1, at::kFloat);
  EXPECT_NEAR(clip_gradients(gradients, 1.0), 316.22776, 0.0005);
  EXPECT_NEAR(norm_of(gradients), 1.0, 1e-5);
}

TEST(ClipGradients, MeasuresTheSameToTheLastBitWithAnyNumberOfThreads) {
  at::Tensor gradients = at::arange(5'000'001, at::kFloat).mul_(0.1F).sin_();
  const int before = at::get_num_threads();
  at::set_num_threads(1);
  const double norm_of_one_thread = clip_gradients(gradients, 0.0);
  at::set_num_threads(3);
  const double norm_of_three_threads = clip_gradients(gradients, 0.0);
  at::set_num_threads(before);
  EXPECT_EQ(norm_of_one_thread, norm_of_three_threads);
}

TEST(ClipGradients, HugeNumbersWhoseSquaresNoFloatHoldsAreClippedLikeOthers) {
  at::Tensor gradients = at::tensor({3e30F, 0.0F, 4e30F});
  EXPECT_NEAR(clip_gradients(gradients, 1.0) / 5e30, 1.0, 1e-6);
  EXPECT_NEAR(gradients[0].item<double>(), 0.6, 1e-6);
  EXPECT_NEAR(gradients[2].item<double>(), 0.8, 1e-6);
}

TEST(ClipGradients, TinyNumbersWhoseSquaresNoFloatHoldsAreMeasured) {
  at::Tensor gradients = at::tensor({3e-30F, 0.0F, 4e-30F});
  EXPECT_NEAR(clip_gradients(gradients, 1.0) / 5e-30, 1.0, 1e-6);
}

TEST(ClipGradients, TakesAnyNumberOfElements) {
  for (const std::int64_t count : {0, 1, 1023, 1024, 1025, 4 << 20, (4 << 20) + 1}) {
    at::Tensor gradients = at::ones({count}, at::kFloat);
    EXPECT_DOUBLE_EQ(clip_gradients(gradients, 0.0), std::sqrt(static_cast<double>(count)));
  }
}

TEST(ClipGradients, ANormThatIsNoNumberIsReported) {
  at::Tensor gradients = at::tensor({1.0F, std::numeric_limits<float>::quiet_NaN()});
  EXPECT_TRUE(std::isnan(clip_gradients(gradients, 1.0)));
}

TEST(ClipGradients, AnInfiniteNormIsReported) {
  at::Tensor gradients = at::tensor({1.0F, -std::numeric_limits<float>::infinity()});
  EXPECT_TRUE(std::isinf(clip_gradients(gradients, 1.0)));
}

}  // namespace
}  // namespace lockstep::test
