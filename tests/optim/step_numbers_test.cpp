// SPDX-License-Identifier: Apache-2.0
#include "optim/step_numbers.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

namespace lockstep::test {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// Of a world of two ranks, two lanes and three blocks.
StepNumbers after(at::Tensor& numbers, const std::vector<double>& terms, double clip_norm = 0.0) {
  const StepTerms counts{.ranks = 2, .losses = 2, .blocks = 3};
  sum_up_step(at::tensor(terms, at::kDouble), counts, clip_norm, Where::host, numbers);
  return step_numbers_in(numbers);
}

at::Tensor no_numbers() { return at::zeros({kStepNumbers}, at::kDouble); }

TEST(StepNumbers, AreTheSumsOfAllRanks) {
  at::Tensor numbers = no_numbers();
  const StepNumbers found = after(numbers, {1, 8, 0.5, 0.25, 4, 8, 4});
  EXPECT_EQ(found.signals, 9.0);
  EXPECT_EQ(found.loss, 0.75);
  EXPECT_EQ(found.gradient_norm, 4.0);
  EXPECT_EQ(found.gradient_scale, 1.0);
  EXPECT_EQ(found.skipped_in_a_row, 0.0);
}

TEST(StepNumbers, ASignalOfSeveralRanksIsOne) {
  at::Tensor numbers = no_numbers();
  EXPECT_EQ(after(numbers, {5, 1, 0, 0, 0, 0, 0}).signals, 5.0);
}

TEST(StepNumbers, ScaleAGradientThatIsTooLarge) {
  at::Tensor numbers = no_numbers();
  EXPECT_NEAR(after(numbers, {0, 0, 1, 1, 4, 8, 4}, 1.0).gradient_scale, 0.25, 1e-6);
  EXPECT_EQ(after(numbers, {0, 0, 1, 1, 4, 8, 4}, 5.0).gradient_scale, 1.0);
}

TEST(StepNumbers, CountStepsThatAreNone) {
  at::Tensor numbers = no_numbers();
  for (const std::vector<double>& terms :
       std::vector<std::vector<double>>{{0, 0, kInfinity, 1, 4, 8, 4},
                                        {0, 0, 1, std::nan(""), 4, 8, 4},
                                        {0, 0, 1, 1, 4, kInfinity, 4},
                                        {0, 0, 1, 1, 4, 8, std::nan("")}}) {
    const double before = step_numbers_in(numbers).skipped_in_a_row;
    const StepNumbers found = after(numbers, terms);
    EXPECT_TRUE(std::isnan(found.gradient_scale));
    EXPECT_EQ(found.skipped_in_a_row, before + 1.0);
  }
  EXPECT_EQ(after(numbers, {0, 0, 1, 1, 4, 8, 4}).skipped_in_a_row, 0.0);
}

}  // namespace
}  // namespace lockstep::test
