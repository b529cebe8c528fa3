// SPDX-License-Identifier: Apache-2.0
#include "optim/adamw.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <limits>

#include "gpu/on_gpu.h"

namespace lockstep::test {
namespace {

TEST(AdamWOnGpu, HasTheBitsOfTheCpu) {
  // Runs that end within four elements, and more than one of them there.
  const FlatLayout layout({{"a", {13}},
                           {"b", {301, 17}},
                           {"c", {1}},
                           {"d", {1, 1}},
                           {"e", {2}},
                           {"f", {64, 1024}},
                           {"g", {7}}});
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
      cpu.step(gradient, 1e-3, {.value = 0.7});
      gpu.step(gradient.to(on_gpu.device()), 1e-3, {.value = 0.7});
    }
    EXPECT_TRUE(at::equal(on_gpu.cpu(), values));
    EXPECT_TRUE(at::equal(gpu.exp_avg().cpu(), cpu.exp_avg()));
    EXPECT_TRUE(at::equal(gpu.exp_avg_sq().cpu(), cpu.exp_avg_sq()));
    EXPECT_TRUE(at::equal(rounded.cpu(), values.to(at::kBFloat16)));
  }
}

// The parts of a step and the elements that a rank owns begin and end where they like.
TEST(AdamWOnGpu, DecaysTheSameElementsInWhateverParts) {
  const FlatLayout layout({{"a", {19, 1}}, {"b", {2}}, {"c", {1, 1}}, {"d", {6}}, {"e", {5, 4}}});
  const OptimConfig config{.weight_decay = 0.1, .weight_decay_scope = WeightDecayScope::matrices};
  const c10::Device device = gpu_placement(at::kFloat).device;
  at::manual_seed(5);
  const at::Tensor start = at::randn({layout.elements()});
  const at::Tensor gradient = at::randn({layout.elements()});
  at::Tensor expected = start.clone();
  AdamW(layout, config, {0, layout.elements()}, expected).step(gradient, 1e-2);
  for (std::int64_t first = 0; first < layout.elements(); ++first) {
    const ElementRange owned{first, layout.elements()};
    at::Tensor values = start.clone();
    AdamW gpu(layout, config, owned, values);
    values = values.to(device);
    gpu.move_to_gpu(values, values);
    const std::int64_t middle = (first + layout.elements()) / 2;
    gpu.step_in_parts(gradient.narrow(0, first, owned.count()).to(device), 1e-2, {},
                      {{0, middle}, {middle, layout.elements()}}, [](std::size_t) {});
    EXPECT_TRUE(at::equal(values.cpu().narrow(0, first, owned.count()),
                          expected.narrow(0, first, owned.count())))
        << "from " << first;
  }
}

// A number that is none changes nothing, whatever the alignment.
TEST(AdamWOnGpu, ReadsTheScaleOfTheGradientWhereTheGpuHasIt) {
  const FlatLayout layout({{"matrix", {31, 17}}, {"vector", {13}}});
  const OptimConfig config{.weight_decay = 0.1};
  const ElementRange all{0, layout.elements()};
  const c10::Device device = gpu_placement(at::kFloat).device;
  at::manual_seed(6);
  const at::Tensor start = at::randn({layout.elements()});
  at::Tensor given = start.to(device).clone();
  at::Tensor read = start.to(device).clone();
  AdamW by_value(layout, config, all, given);
  AdamW by_place(layout, config, all, read);
  by_value.move_to_gpu(given, given);
  const at::Tensor rounded = read.to(at::kBFloat16);
  by_place.move_to_gpu(read, rounded);
  const at::Tensor scale = at::full({1}, 0.3, at::TensorOptions(at::kDouble).device(device));
  const at::Tensor none = at::full_like(scale, std::numeric_limits<double>::quiet_NaN());
  for (int step = 0; step < 3; ++step) {
    const at::Tensor gradient = at::randn({layout.elements()}).to(device);
    by_value.step(gradient, 1e-2, {.value = 0.3});
    by_place.step(gradient, 1e-2, {.on_gpu = scale.const_data_ptr<double>()});
    by_place.step(gradient, 1e-2, {.on_gpu = none.const_data_ptr<double>()});
    by_place.forget_step();
  }
  EXPECT_EQ(by_place.steps(), 3);
  EXPECT_FALSE(at::equal(read, start.to(device)));
  EXPECT_TRUE(at::equal(read, given));
  EXPECT_TRUE(at::equal(rounded, read.to(at::kBFloat16)));
  EXPECT_TRUE(at::equal(by_place.exp_avg(), by_value.exp_avg()));
  EXPECT_TRUE(at::equal(by_place.exp_avg_sq(), by_value.exp_avg_sq()));
}

}  // namespace
}  // namespace lockstep::test
