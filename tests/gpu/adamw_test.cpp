// SPDX-License-Identifier: Apache-2.0
#include "optim/adamw.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <numeric>

#include "gpu/on_gpu.h"
#include "optim/gradient_norm.h"

namespace lockstep::test {
namespace {

TEST(AdamWOnGpu, HasTheBitsOfTheCpu) {
  const FlatLayout layout({{"matrix", {301, 17}}, {"vector", {13}}, {"other", {64, 1024}}});
  for (const auto scope : {WeightDecayScope::all, WeightDecayScope::matrices}) {
    const OptimConfig config{.weight_decay = 0.1, .weight_decay_scope = scope};
    at::manual_seed(4);
    at::Tensor values = at::randn({layout.elements()});
    at::Tensor on_gpu = values.clone();
    const ElementRange all{0, layout.elements()};
    AdamW cpu(layout, config, all, values);
    AdamW gpu(layout, config, all, on_gpu);
    on_gpu = on_gpu.to(gpu_placement(at::kFloat).device);
    const at::Tensor rounded = on_gpu.to(at::kBFloat16);
    gpu.move_to_gpu(on_gpu, rounded);
    for (int step = 0; step < 5; ++step) {
      const at::Tensor gradient = at::randn({layout.elements()}) * 1e-2;
      cpu.step(gradient, 1e-3, 0.7);
      gpu.step(gradient.to(on_gpu.device()), 1e-3, 0.7);
    }
    EXPECT_TRUE(at::equal(on_gpu.cpu(), values));
    EXPECT_TRUE(at::equal(gpu.exp_avg().cpu(), cpu.exp_avg()));
    EXPECT_TRUE(at::equal(gpu.exp_avg_sq().cpu(), cpu.exp_avg_sq()));
    EXPECT_TRUE(at::equal(rounded.cpu(), values.to(at::kBFloat16)));
  }
}

TEST(GradientNormOnGpu, IsThatOfTheCpu) {
  at::manual_seed(5);
  const at::Tensor gradient = at::randn({100'003});
  const auto norm_of = [](const at::Tensor& values) {
    const at::Tensor sums = block_square_sums(values).cpu();
    const auto* const first = sums.const_data_ptr<double>();
    return norm_of_blocks({first, first + sums.numel()});
  };
  const double right = norm_of(gradient);
  const at::Tensor here = gradient.to(gpu_placement(at::kFloat).device);
  EXPECT_NEAR(norm_of(here), right, 1e-12 * right);
}

}  // namespace
}  // namespace lockstep::test
