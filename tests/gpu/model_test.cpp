// SPDX-License-Identifier: Apache-2.0
// The model on a GPU beside the model on a CPU, which tests/model holds against its formulas in
// double precision.
#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <gtest/gtest.h>

#include "gpu/on_gpu.h"

namespace lockstep::test {
namespace {

struct LossAndGradient {
  double loss = 0.0;
  at::Tensor gradient;  // flat
};

LossAndGradient run(Gpt& model, std::int64_t B) {
  const ModelConfig& config = model.config();
  const at::Device device = model.parameters().placement().device;
  const at::Tensor inputs = some_ids(B, config.block_size, config.vocab_size, 1).to(device);
  const at::Tensor targets = some_ids(B, config.block_size, config.vocab_size, 2).to(device);
  // What is not replaced shows.
  at::Tensor gradient = at::full_like(model.parameters().values(), 1e3);
  model.parameters().collect_gradients_in(gradient);
  const at::Tensor loss =
      model.loss(inputs, targets, Mode::training, static_cast<double>(B * config.block_size));
  loss.backward();
  return {.loss = loss.item<double>(), .gradient = gradient.detach().cpu()};
}

void expect_like_on_a_cpu(const ModelConfig& config, std::int64_t B, at::ScalarType compute,
                          double allowed, double scale = 0.1) {
  Gpt on_cpu = make_model(config, scale);
  const LossAndGradient right = run(on_cpu, B);
  Gpt on_gpu = make_model(config, scale);
  on_gpu.move_to_gpu(gpu_placement(compute));
  const LossAndGradient ours = run(on_gpu, B);
  EXPECT_NEAR(ours.loss, right.loss, allowed * right.loss);
  for (const FlatTensor& tensor : on_cpu.parameters().layout().tensors())
    EXPECT_LT(difference(ours.gradient.narrow(0, tensor.offset, tensor.elements),
                         right.gradient.narrow(0, tensor.offset, tensor.elements)),
              10 * allowed)
        << tensor.spec.name;
}

TEST(ModelOnGpu, HasTheLossAndTheGradientsOfTheCpu) {
  expect_like_on_a_cpu(small_model(), 5, at::kFloat, 1e-5);
}

TEST(ModelOnGpu, DoesSoWithoutBiases) {
  ModelConfig config = small_model();
  config.bias = false;
  expect_like_on_a_cpu(config, 3, at::kFloat, 1e-5);
}

TEST(ModelOnGpu, DoesSoForTheWidthsOfGpt2) {
  for (const std::int64_t width : {768, 1024, 1600, 2048}) {
    ModelConfig config = small_model();
    config.n_layer = 1;
    config.n_embd = width;
    config.n_head = width / 64;
    config.vocab_size = 1021;
    SCOPED_TRACE(width);
    expect_like_on_a_cpu(config, 4, at::kFloat, 1e-5, 0.02);
  }
}

TEST(ModelOnGpu, DoesSoWithGeluByTanh) {
  ModelConfig config = small_model();
  config.gelu = GeluKind::tanh;
  expect_like_on_a_cpu(config, 5, at::kFloat, 1e-5);
}

TEST(ModelOnGpu, IsNearInBf16) { expect_like_on_a_cpu(small_model(), 5, at::kBFloat16, 1e-2); }

TEST(ModelOnGpu, IsNearInBf16WithGeluByTanh) {
  ModelConfig config = small_model();
  config.gelu = GeluKind::tanh;
  expect_like_on_a_cpu(config, 5, at::kBFloat16, 1e-2);
}

TEST(ModelOnGpu, EvaluatesWithTheSameLoss) {
  Gpt on_cpu = make_model(small_model(0.1));
  Gpt on_gpu = make_model(small_model(0.1));
  on_gpu.move_to_gpu(gpu_placement(at::kFloat));
  const at::NoGradGuard no_grad;
  const at::Tensor inputs = some_ids(4, 24, 211, 1);
  const at::Tensor targets = some_ids(4, 24, 211, 2);
  const double right = on_cpu.loss_sum(inputs, targets, Mode::evaluation).item<double>();
  const at::Device device = on_gpu.parameters().placement().device;
  EXPECT_NEAR(
      on_gpu.loss_sum(inputs.to(device), targets.to(device), Mode::evaluation).item<double>(),
      right, 1e-5 * right);
}

TEST(ModelOnGpu, DropsByKey) {
  Gpt model = make_model(small_model(0.2));
  model.move_to_gpu(gpu_placement(at::kBFloat16));
  const auto gradient = [&](std::int64_t lane) {
    model.key_dropout(1337, 7, lane);
    return run(model, 5).gradient;
  };
  const at::Tensor first = gradient(0);
  EXPECT_FALSE(at::equal(first, gradient(1)));
  EXPECT_TRUE(at::equal(first, gradient(0)));
}

}  // namespace
}  // namespace lockstep::test
