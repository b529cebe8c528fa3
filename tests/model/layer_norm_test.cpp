// SPDX-License-Identifier: Apache-2.0
#include "model/ops/layer_norm.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>
#include <gtest/gtest.h>

namespace lockstep::test {
namespace {

struct Norm {
  at::Tensor x;
  at::Tensor weight_C;
  at::Tensor bias_C;
  at::Tensor upstream;  // the gradient from above
  at::Tensor grad_weight_C;
  at::Tensor grad_bias_C;

  std::vector<at::Tensor> inputs() const { return {x, weight_C, bias_C}; }
  LayerNorm parameters() const {
    return {.weight = {.leaf = weight_C, .compute = weight_C, .gradient = &grad_weight_C},
            .bias = {.leaf = bias_C, .compute = bias_C, .gradient = &grad_bias_C}};
  }
};

Norm make_norm(at::IntArrayRef shape, at::ScalarType type) {
  at::manual_seed(5);
  const std::int64_t C = shape.back();
  Norm norm{.x = at::randn(shape, type),
            .weight_C = at::randn({C}, type),
            .bias_C = at::randn({C}, type),
            .upstream = at::randn(shape, type),
            .grad_weight_C = at::full({C}, 1e3, type),
            .grad_bias_C = at::full({C}, 1e3, type)};
  for (const at::Tensor& input : norm.inputs()) input.requires_grad_(true);
  return norm;
}

at::Tensor ours(const Norm& norm) { return layer_norm(norm.x, norm.parameters()); }

std::vector<at::Tensor> gradients_of(const Norm& norm) {
  norm.x.mutable_grad() = at::Tensor();
  ours(norm).backward(norm.upstream);
  return {norm.x.grad().clone(), norm.grad_weight_C.clone(), norm.grad_bias_C.clone()};
}

std::vector<at::Tensor> gradients_of(const Norm& norm, const at::Tensor& result) {
  for (const at::Tensor& input : norm.inputs()) input.mutable_grad() = at::Tensor();
  result.backward(norm.upstream);
  std::vector<at::Tensor> gradients;
  for (const at::Tensor& input : norm.inputs()) gradients.push_back(input.grad().clone());
  return gradients;
}

// What LibTorch makes of copies that know nothing of ours: the result, and the gradients of x, the
// weight and, where there is one, the bias.
std::vector<at::Tensor> plain_results(const Norm& norm) {
  const auto copy_of = [](const at::Tensor& tensor) {
    return tensor.defined() ? tensor.detach().clone().requires_grad_(true) : at::Tensor();
  };
  const at::Tensor x = copy_of(norm.x);
  const at::Tensor weight_C = copy_of(norm.weight_C);
  const at::Tensor bias_C = copy_of(norm.bias_C);
  const at::Tensor result = at::layer_norm(x, {weight_C.size(0)}, weight_C, bias_C, kLayerNormEps);
  result.backward(norm.upstream);
  std::vector<at::Tensor> results = {result.detach(), x.grad(), weight_C.grad()};
  if (bias_C.defined()) results.push_back(bias_C.grad());
  return results;
}

void expect_agrees_with_libtorch(at::IntArrayRef shape, at::ScalarType type, double tolerance) {
  const Norm norm = make_norm(shape, type);
  const at::Tensor result = ours(norm);
  const at::Tensor expected =
      at::layer_norm(norm.x, {shape.back()}, norm.weight_C, norm.bias_C, kLayerNormEps);
  EXPECT_TRUE(at::equal(result, expected));
  const std::vector<at::Tensor> found = gradients_of(norm);
  const std::vector<at::Tensor> plain = gradients_of(norm, expected);
  for (std::size_t i = 0; i < 3; ++i)
    EXPECT_LE((found[i] - plain[i]).abs().max().item<double>(), tolerance) << i;
}

TEST(LayerNorm, AgreesWithLibTorch) {
  expect_agrees_with_libtorch({3, 7}, at::kDouble, 1e-12);
  expect_agrees_with_libtorch({2, 100, 48}, at::kDouble, 1e-11);
  expect_agrees_with_libtorch({2, 100, 48}, at::kFloat, 1e-4);
  expect_agrees_with_libtorch({1, 1, 4}, at::kFloat, 1e-6);
}

TEST(LayerNorm, GradientsAreTheMeasuredSlopes) {
  const Norm norm = make_norm({5, 4}, at::kDouble);
  const std::vector<at::Tensor> gradients = gradients_of(norm);
  const at::NoGradGuard no_grad;
  constexpr double kStep = 1e-6;
  for (std::size_t input = 0; input < 3; ++input) {
    at::Tensor flat = norm.inputs()[input].view(-1);
    for (std::int64_t i = 0; i < flat.numel(); ++i) {
      const double value = flat[i].item<double>();
      const auto loss_at = [&](double there) {
        flat[i] = there;
        return (ours(norm) * norm.upstream).sum().item<double>();
      };
      const double slope = (loss_at(value + kStep) - loss_at(value - kStep)) / (2 * kStep);
      flat[i] = value;
      EXPECT_NEAR(gradients[input].view(-1)[i].item<double>(), slope, 1e-8) << input << " " << i;
    }
  }
}

TEST(LayerNorm, GivesTheSameBitsWithAnyNumberOfThreads) {
  const Norm norm = make_norm({4, 250, 96}, at::kFloat);
  const int before = at::get_num_threads();
  at::set_num_threads(1);
  const std::vector<at::Tensor> expected = gradients_of(norm);
  for (const int threads : {2, 3, 4}) {
    at::set_num_threads(threads);
    const std::vector<at::Tensor> found = gradients_of(norm);
    for (std::size_t i = 0; i < 3; ++i)
      EXPECT_TRUE(at::equal(found[i], expected[i])) << threads << " threads, input " << i;
  }
  at::set_num_threads(before);
}

TEST(LayerNorm, TakesInputsThatAreNotContiguous) {
  Norm norm = make_norm({6, 5}, at::kDouble);
  norm.x = at::randn({5, 6}, at::kDouble).t().requires_grad_(true);
  norm.upstream = norm.upstream.t().contiguous().t();
  const std::vector<at::Tensor> plain = plain_results(norm);
  EXPECT_TRUE(at::allclose(ours(norm), plain[0], 1e-12, 1e-12));
  const std::vector<at::Tensor> found = gradients_of(norm);
  for (std::size_t i = 0; i < 3; ++i)
    EXPECT_LE((found[i] - plain[i + 1]).abs().max().item<double>(), 1e-12) << i;
}

TEST(LayerNorm, WorksWithoutABias) {
  const Norm norm = make_norm({6, 5}, at::kDouble);
  const at::Tensor result = layer_norm(norm.x, {.weight = norm.parameters().weight, .bias = {}});
  Norm without = norm;
  without.bias_C = at::Tensor();
  const std::vector<at::Tensor> plain = plain_results(without);
  EXPECT_TRUE(at::equal(result, plain[0]));
  result.backward(norm.upstream);
  EXPECT_LE((norm.x.grad() - plain[1]).abs().max().item<double>(), 1e-12);
  EXPECT_LE((norm.grad_weight_C - plain[2]).abs().max().item<double>(), 1e-12);
  EXPECT_TRUE(at::equal(norm.grad_bias_C, at::full({5}, 1e3, at::kDouble)));
}

}  // namespace
}  // namespace lockstep::test
