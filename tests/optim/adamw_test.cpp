// SPDX-License-Identifier: Apache-2.0
#include "optim/adamw.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <cmath>

namespace lockstep::test {
namespace {

// Matrices and vectors in turn, as in a GPT: 6 + 2 + 4 + 3 elements.
FlatLayout mixed_layout() {
  return FlatLayout({{"a.weight", {3, 2}}, {"a.bias", {2}}, {"b.weight", {2, 2}}, {"b.bias", {3}}});
}

constexpr ElementRange kAll{0, 15};

// The formulas of the paper for one parameter, in double precision.
struct PlainAdamW {
  double value = 0.0;
  double m = 0.0;
  double v = 0.0;
  int t = 0;

  void step(double gradient, double learning_rate, double weight_decay, const OptimConfig& config) {
    ++t;
    value -= learning_rate * weight_decay * value;
    m = config.beta1 * m + (1.0 - config.beta1) * gradient;
    v = config.beta2 * v + (1.0 - config.beta2) * gradient * gradient;
    const double m_hat = m / (1.0 - std::pow(config.beta1, t));
    const double v_hat = v / (1.0 - std::pow(config.beta2, t));
    value -= learning_rate * m_hat / (std::sqrt(v_hat) + config.eps);
  }
};

// One parameter and its optimizer.
struct OneParameter {
  at::Tensor values = at::tensor({1.0F});
  at::Tensor gradients = at::tensor({0.0F});
  AdamW optimizer;

  explicit OneParameter(const OptimConfig& config)
      : optimizer(FlatLayout({{"x", {1}}}), config, {0, 1}, values) {}

  double value_after(double gradient, double learning_rate) {
    gradients.fill_(gradient);
    optimizer.step(gradients, learning_rate);
    return values.item<double>();
  }
};

at::Tensor gradients_of_step(std::int64_t step) {
  return at::arange(15, at::kFloat).add(static_cast<double>(step)).mul(0.7).sin();
}

TEST(AdamW, MakesTheStepsComputedByHand) {
  OneParameter parameter(OptimConfig{.weight_decay = 0.01});
  EXPECT_NEAR(parameter.value_after(0.5, 0.1), 0.899000002, 1e-6);
  EXPECT_NEAR(parameter.value_after(-1.0, 0.1), 0.934711354, 1e-6);
  EXPECT_NEAR(parameter.value_after(0.25, 0.1), 0.947445709, 1e-6);
}

TEST(AdamW, KeepsTheMomentsComputedByHand) {
  OneParameter parameter(OptimConfig{.weight_decay = 0.01});
  parameter.value_after(0.5, 0.1);
  parameter.value_after(-1.0, 0.1);
  EXPECT_NEAR(parameter.optimizer.exp_avg().item<double>(), -0.055, 1e-7);
  EXPECT_NEAR(parameter.optimizer.exp_avg_sq().item<double>(), 0.00124975, 1e-9);
}

TEST(AdamW, WithoutDecayOnlyTheGradientMoves) {
  OneParameter parameter(OptimConfig{.weight_decay = 0.0});
  EXPECT_NEAR(parameter.value_after(0.5, 0.1), 0.900000002, 1e-6);
  EXPECT_NEAR(parameter.value_after(-1.0, 0.1), 0.936610354, 1e-6);
}

TEST(AdamW, WithoutAGradientOnlyTheDecayMoves) {
  OneParameter parameter(OptimConfig{.weight_decay = 0.1});
  EXPECT_NEAR(parameter.value_after(0.0, 0.5), 0.95, 1e-7);
}

TEST(AdamW, ARateOfZeroMovesNothing) {
  OneParameter parameter(OptimConfig{.weight_decay = 0.1});
  EXPECT_EQ(parameter.value_after(0.5, 0.0), 1.0);
}

TEST(AdamW, FollowsThePaperOverManyStepsAndRates) {
  const OptimConfig config{.beta1 = 0.8, .beta2 = 0.95, .eps = 1e-6, .weight_decay = 0.2};
  OneParameter parameter(config);
  PlainAdamW expected{.value = 1.0};
  for (int step = 0; step < 100; ++step) {
    const double gradient = std::sin(step * 0.9) + 0.3;
    const double rate = 0.01 / (1 + step % 7);
    expected.step(gradient, rate, 0.2, config);
    EXPECT_NEAR(parameter.value_after(gradient, rate), expected.value, 1e-5) << "step " << step;
  }
}

TEST(AdamW, DecaysMatricesAndLeavesVectorsWhenTheScopeIsMatrices) {
  const OptimConfig config{.weight_decay = 0.1, .weight_decay_scope = WeightDecayScope::matrices};
  at::Tensor values = at::ones({15}, at::kFloat);
  AdamW optimizer(mixed_layout(), config, kAll, values);
  optimizer.step(at::zeros({15}, at::kFloat), 0.5);
  const float d = 0.95F;
  EXPECT_TRUE(at::allclose(
      values, at::tensor({d, d, d, d, d, d, 1.0F, 1.0F, d, d, d, d, 1.0F, 1.0F, 1.0F})))
      << values;
}

TEST(AdamW, DecaysEverythingWhenTheScopeIsAll) {
  at::Tensor values = at::ones({15}, at::kFloat);
  AdamW optimizer(mixed_layout(), OptimConfig{.weight_decay = 0.1}, kAll, values);
  optimizer.step(at::zeros({15}, at::kFloat), 0.5);
  EXPECT_TRUE(at::allclose(values, at::full({15}, 0.95, at::kFloat))) << values;
}

TEST(AdamW, EveryElementHasItsOwnMoments) {
  const OptimConfig config{.weight_decay = 0.1, .weight_decay_scope = WeightDecayScope::matrices};
  at::Tensor values = at::ones({15}, at::kFloat);
  AdamW optimizer(mixed_layout(), config, kAll, values);
  std::vector<PlainAdamW> expected(15, PlainAdamW{.value = 1.0});
  for (std::int64_t step = 0; step < 10; ++step) {
    const at::Tensor gradients = gradients_of_step(step);
    optimizer.step(gradients, 0.01);
    for (std::int64_t i = 0; i < 15; ++i) {
      const bool in_a_matrix = i < 6 || (i >= 8 && i < 12);
      expected[static_cast<std::size_t>(i)].step(gradients[i].item<double>(), 0.01,
                                                 in_a_matrix ? 0.1 : 0.0, config);
    }
  }
  for (std::int64_t i = 0; i < 15; ++i)
    EXPECT_NEAR(values[i].item<double>(), expected[static_cast<std::size_t>(i)].value, 1e-6) << i;
}

TEST(AdamW, CountsItsSteps) {
  OneParameter parameter(OptimConfig{});
  EXPECT_EQ(parameter.optimizer.steps(), 0);
  parameter.value_after(0.5, 0.1);
  parameter.value_after(0.5, 0.1);
  EXPECT_EQ(parameter.optimizer.steps(), 2);
}

TEST(AdamW, GoesOnToTheLastBitFromItsSavedState) {
  const auto run = [](AdamW& optimizer, std::int64_t first, std::int64_t last) {
    for (std::int64_t step = first; step < last; ++step)
      optimizer.step(gradients_of_step(step), 0.01);
  };
  const at::Tensor straight_values = at::ones({15}, at::kFloat);
  AdamW straight(mixed_layout(), OptimConfig{}, kAll, straight_values);
  run(straight, 0, 5);

  const at::Tensor resumed_values = straight_values.clone();
  AdamW resumed(mixed_layout(), OptimConfig{}, kAll, resumed_values);
  resumed.exp_avg().copy_(straight.exp_avg());
  resumed.exp_avg_sq().copy_(straight.exp_avg_sq());
  resumed.set_steps(straight.steps());

  run(straight, 5, 10);
  run(resumed, 5, 10);
  EXPECT_TRUE(at::equal(resumed_values, straight_values));
}

TEST(AdamW, ScalesTheGradientsItIsGiven) {
  at::Tensor values = at::ones({15}, at::kFloat);
  at::Tensor expected = values.clone();
  AdamW scaling(mixed_layout(), OptimConfig{}, kAll, values);
  AdamW plain(mixed_layout(), OptimConfig{}, kAll, expected);
  for (std::int64_t step = 0; step < 5; ++step) {
    scaling.step(gradients_of_step(step), 0.01, {.value = 0.25});
    plain.step(gradients_of_step(step) * 0.25, 0.01);
  }
  EXPECT_TRUE(at::equal(values, expected));
}

TEST(AdamW, TouchesWhatItOwnsAndNothingElse) {
  at::Tensor values = at::ones({15}, at::kFloat);
  AdamW optimizer(mixed_layout(), OptimConfig{}, {4, 9}, values);
  EXPECT_EQ(optimizer.exp_avg().numel(), 5);
  optimizer.step(gradients_of_step(0).narrow(0, 4, 5), 0.01);
  for (std::int64_t i = 0; i < 15; ++i)
    EXPECT_EQ(values[i].item<float>() != 1.0F, i >= 4 && i < 9) << i;
}

// Where ranges begin and end, and who computes them, cannot be seen in the result.
TEST(AdamW, GivesTheSameBitsHoweverTheElementsAreDividedAmongRanksAndThreads) {
  constexpr std::int64_t kElements = 200'003;
  const FlatLayout layout({{"a", {300, 500}}, {"b", {kElements - 150'000}}});
  const OptimConfig config{.weight_decay = 0.1, .weight_decay_scope = WeightDecayScope::matrices};
  const auto gradients = [&](std::int64_t step) {
    return at::arange(kElements, at::kFloat).add(static_cast<double>(step)).mul(0.7).sin();
  };
  const auto run = [&](const std::vector<std::int64_t>& edges) {
    at::Tensor values = at::arange(kElements, at::kFloat).mul(0.3).cos();
    std::vector<AdamW> optimizers;
    for (std::size_t i = 0; i + 1 < edges.size(); ++i)
      optimizers.emplace_back(layout, config, ElementRange{edges[i], edges[i + 1]}, values);
    for (std::int64_t step = 0; step < 10; ++step)
      for (AdamW& optimizer : optimizers)
        optimizer.step(
            gradients(step).narrow(0, optimizer.range().first, optimizer.range().count()), 0.01,
            {.value = 0.9});
    return values;
  };
  const int before = at::get_num_threads();
  at::set_num_threads(1);
  const at::Tensor expected = run({0, kElements});
  EXPECT_TRUE(at::equal(run({0, 1, 2, 5, 77'777, 149'999, 150'001, kElements}), expected));
  at::set_num_threads(3);
  EXPECT_TRUE(at::equal(run({0, kElements}), expected));
  EXPECT_TRUE(at::equal(run({0, 3, 131'072, kElements}), expected));
  at::set_num_threads(before);
}

// LibTorch's own, which fuses roundings where it can.
TEST(AdamW, FollowsTheOneOfPyTorch) {
  at::Tensor values = at::arange(15, at::kFloat).mul(0.3).cos();
  at::Tensor expected = values.clone();
  at::Tensor exp_avg = at::zeros_like(values);
  at::Tensor exp_avg_sq = at::zeros_like(values);
  AdamW optimizer(mixed_layout(), OptimConfig{.weight_decay = 0.1}, kAll, values);
  const OptimConfig config;
  for (std::int64_t step = 0; step < 50; ++step) {
    const at::Tensor gradients = gradients_of_step(step);
    optimizer.step(gradients, 0.01);
    at::_fused_adamw_({expected}, {gradients}, {exp_avg}, {exp_avg_sq}, {},
                      {at::scalar_tensor(static_cast<double>(step + 1), at::kFloat)}, 0.01,
                      config.beta1, config.beta2, 0.1, config.eps, false, false);
  }
  EXPECT_TRUE(at::allclose(values, expected, 1e-6, 1e-7));
}

}  // namespace
}  // namespace lockstep::test
