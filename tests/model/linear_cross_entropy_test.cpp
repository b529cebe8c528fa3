// SPDX-License-Identifier: Apache-2.0
#include "model/ops/linear_cross_entropy.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <gtest/gtest.h>

#include <cmath>

namespace lockstep::test {
namespace {

// N rows of C numbers, V tokens; the same values in every test.
struct Head {
  at::Tensor hidden_NC;
  at::Tensor weight_VC;
  at::Tensor targets_N;
  at::Tensor grad_weight_VC;  // what is not replaced shows

  Parameter weight() const {
    return {.leaf = weight_VC, .compute = weight_VC, .gradient = &grad_weight_VC};
  }
};

Head head_of(const at::Tensor& hidden_NC, const at::Tensor& weight_VC,
             const at::Tensor& targets_N) {
  return {.hidden_NC = hidden_NC.requires_grad_(true),
          .weight_VC = weight_VC.requires_grad_(true),
          .targets_N = targets_N,
          .grad_weight_VC = at::full_like(weight_VC.detach(), 1e3)};
}

Head make_head(std::int64_t N, std::int64_t C, std::int64_t V, at::ScalarType type) {
  at::manual_seed(11);
  const at::Tensor hidden_NC = at::randn({N, C}, type);
  const at::Tensor weight_VC = at::randn({V, C}, type);
  return head_of(hidden_NC, weight_VC, at::randint(V, {N}, at::kLong));
}

Head copy_of(const Head& head) {
  return head_of(head.hidden_NC.detach().clone(), head.weight_VC.detach().clone(), head.targets_N);
}

at::Tensor loss_of(const Head& head, double divisor = 1.0) {
  return linear_cross_entropy(head.hidden_NC, head.weight(), head.targets_N, divisor);
}

at::Tensor plain_loss_of(const Head& head) {
  return at::cross_entropy_loss(at::mm(head.hidden_NC, head.weight_VC.t()), head.targets_N,
                                /*weight=*/{}, at::Reduction::Sum);
}

void expect_near(const at::Tensor& found, const at::Tensor& expected, double tolerance) {
  EXPECT_LE((found - expected).abs().max().item<double>(), tolerance);
}

void expect_agrees_with_the_plain_way(const Head& head, double tolerance) {
  const Head plain = copy_of(head);
  const at::Tensor loss = loss_of(head);
  const at::Tensor plain_loss = plain_loss_of(plain);
  loss.backward();
  plain_loss.backward();
  EXPECT_NEAR(loss.item<double>() / plain_loss.item<double>(), 1.0, tolerance);
  expect_near(head.hidden_NC.grad(), plain.hidden_NC.grad(), tolerance);
  expect_near(head.grad_weight_VC, plain.weight_VC.grad(), tolerance);
}

// The slope of the loss along one number of `tensor`, from two losses beside it.
double measured_slope(const Head& head, const at::Tensor& tensor, std::int64_t element) {
  const at::NoGradGuard no_grad;
  at::Tensor number = tensor.view(-1)[element];
  const double step = 1e-5;
  number += step;
  const double above = loss_of(head).item<double>();
  number -= 2 * step;
  const double below = loss_of(head).item<double>();
  number += step;
  return (above - below) / (2 * step);
}

TEST(LinearCrossEntropy, OfOneRowByHand) {
  const at::Tensor loss = loss_of(head_of(at::tensor({1.0, 2.0}).view({1, 2}),
                                          at::eye(2, at::kDouble), at::zeros({1}, at::kLong)));
  EXPECT_NEAR(loss.item<double>(), std::log(1.0 + std::exp(1.0)), 1e-12);
}

TEST(LinearCrossEntropy, OfEqualLogitsIsTheLogOfTheirNumberForEachRow) {
  const Head head =
      head_of(at::zeros({3, 4}), at::ones({1000, 4}), at::tensor({0, 500, 999}, at::kLong));
  EXPECT_NEAR(loss_of(head).item<double>(), 3 * std::log(1000.0), 1e-5);
}

TEST(LinearCrossEntropy, AgreesWithTheCrossEntropyOfAllLogits) {
  expect_agrees_with_the_plain_way(make_head(17, 8, 23, at::kDouble), 1e-12);
}

TEST(LinearCrossEntropy, AgreesInSinglePrecision) {
  expect_agrees_with_the_plain_way(make_head(17, 8, 23, at::kFloat), 1e-5);
}

TEST(LinearCrossEntropy, GradientsAreTheMeasuredSlopes) {
  const Head head = make_head(5, 3, 7, at::kDouble);
  loss_of(head).backward();
  for (std::int64_t i = 0; i < 15; ++i)
    EXPECT_NEAR(head.hidden_NC.grad().view(-1)[i].item<double>(),
                measured_slope(head, head.hidden_NC, i), 1e-8);
  for (std::int64_t i = 0; i < 21; ++i)
    EXPECT_NEAR(head.grad_weight_VC.view(-1)[i].item<double>(),
                measured_slope(head, head.weight_VC, i), 1e-8);
}

// 60,000 tokens x 8 bytes: 139 rows fill the 64 MiB of one chunk, so 300 rows are three chunks.
TEST(LinearCrossEntropy, ChunksDoNotChangeTheResult) {
  expect_agrees_with_the_plain_way(make_head(300, 4, 60'000, at::kDouble), 1e-10);
}

// One row of 9,000,000 doubles is bigger than a chunk.
TEST(LinearCrossEntropy, ARowBiggerThanAChunkIsAChunk) {
  expect_agrees_with_the_plain_way(make_head(2, 1, 9'000'000, at::kDouble), 1e-10);
}

TEST(LinearCrossEntropy, IsDividedWithItsGradients) {
  const Head whole = make_head(300, 4, 60'000, at::kDouble);
  const Head part = copy_of(whole);
  const at::Tensor loss = loss_of(whole);
  const at::Tensor divided = loss_of(part, /*divisor=*/300.0);
  loss.backward();
  divided.backward();
  EXPECT_NEAR(divided.item<double>(), loss.item<double>() / 300.0, 1e-12);
  expect_near(part.hidden_NC.grad(), whole.hidden_NC.grad() / 300.0, 1e-14);
  expect_near(part.grad_weight_VC, whole.grad_weight_VC / 300.0, 1e-14);
}

TEST(LinearCrossEntropy, WithoutGradientsGivesTheSameLoss) {
  const Head head = make_head(17, 8, 23, at::kFloat);
  const double with_gradients = loss_of(head).item<double>();
  const at::NoGradGuard no_grad;
  EXPECT_EQ(loss_of(head).item<double>(), with_gradients);
}

TEST(LinearCrossEntropy, LeavesItsInputsAlone) {
  const Head head = make_head(17, 8, 23, at::kFloat);
  const Head before = copy_of(head);
  loss_of(head).backward();
  EXPECT_TRUE(at::equal(head.hidden_NC, before.hidden_NC));
  EXPECT_TRUE(at::equal(head.weight_VC, before.weight_VC));
}

TEST(LinearCrossEntropy, LargeLogitsOverflowNothing) {
  const Head head =
      head_of(at::tensor({1e4F, -1e4F}).view({2, 1}), at::tensor({1.0F, 0.0F, -1.0F}).view({3, 1}),
              at::tensor({0, 0}, at::kLong));
  const at::Tensor loss = loss_of(head);
  loss.backward();
  EXPECT_EQ(loss.item<double>(), 2e4);
  EXPECT_TRUE(at::equal(head.hidden_NC.grad().view(-1), at::tensor({0.0F, -2.0F})));
  EXPECT_TRUE(at::equal(head.grad_weight_VC.view(-1), at::tensor({1e4F, 0.0F, -1e4F})));
}

TEST(LinearCrossEntropy, SumsManyRowsWithoutLosingCount) {
  const Head head =
      head_of(at::zeros({200'000, 1}), at::zeros({3, 1}), at::zeros({200'000}, at::kLong));
  EXPECT_NEAR(loss_of(head).item<double>(), 200'000 * std::log(3.0), 0.01);
}

TEST(LinearCrossEntropy, GivesTheSameBitsEachTime) {
  const Head first = make_head(300, 16, 1000, at::kFloat);
  const Head second = copy_of(first);
  const at::Tensor first_loss = loss_of(first);
  const at::Tensor second_loss = loss_of(second);
  first_loss.backward();
  second_loss.backward();
  EXPECT_TRUE(at::equal(first_loss, second_loss));
  EXPECT_TRUE(at::equal(first.hidden_NC.grad(), second.hidden_NC.grad()));
  EXPECT_TRUE(at::equal(first.grad_weight_VC, second.grad_weight_VC));
}

}  // namespace
}  // namespace lockstep::test
