// SPDX-License-Identifier: Apache-2.0
#include "train/lane_pass.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "gpu/on_gpu.h"
#include "model/cuda/tensors.h"

namespace lockstep::test {
namespace {

// A small lane has the gradients of parameters computed beside the pass, a large one within it.
constexpr std::int64_t kSequenceLength = 24;
constexpr std::int64_t kSmall = 4;
constexpr std::int64_t kLarge = cuda::kMostRowsBeside / kSequenceLength + 10;

std::vector<std::int64_t> sizes_of_lanes() {
  return has_streams() ? std::vector{kSmall, kLarge} : std::vector{kSmall};
}

Batch some_batch(std::int64_t sequences) {
  return {.inputs_BT = some_ids(sequences, kSequenceLength, 211, 1),
          .targets_BT = some_ids(sequences, kSequenceLength, 211, 2)};
}

// Runs the same lane again and again: directly at first, then as a graph.
TEST(LanePassOnGpu, IsTheSameAsAGraph) {
  for (const std::int64_t sequences : sizes_of_lanes()) {
    Gpt model = make_model(small_model(0.1));
    model.move_to_gpu(gpu_placement(at::kBFloat16));
    const std::unique_ptr<LanePass> pass = make_lane_pass(model);
    const Batch batch = some_batch(sequences);
    at::Tensor gradients = at::zeros_like(model.parameters().values());
    at::Tensor first;
    double first_loss = 0.0;
    for (int run = 0; run < 6; ++run) {
      const double loss =
          pass->run({.seed = 1, .step = 2, .lane = 3}, batch, 96.0, gradients, {}).item<double>();
      if (run == 0) {
        first = gradients.clone();
        first_loss = loss;
      }
      EXPECT_EQ(loss, first_loss) << sequences << ", run " << run;
      EXPECT_TRUE(at::equal(gradients, first)) << sequences << ", run " << run;
    }
  }
}

TEST(LanePassOnGpu, AGraphFollowsBatchKeyAndParameters) {
  Gpt model = make_model(small_model(0.1));
  model.move_to_gpu(gpu_placement(at::kBFloat16));
  const std::unique_ptr<LanePass> recorded = make_lane_pass(model);
  at::Tensor gradients = at::zeros_like(model.parameters().values());
  at::Tensor direct_gradients = at::zeros_like(gradients);
  for (std::int64_t step = 0; step < 6; ++step) {
    const Batch batch{
        .inputs_BT = some_ids(kSmall, kSequenceLength, 211, static_cast<std::uint64_t>(step)),
        .targets_BT = some_ids(kSmall, kSequenceLength, 211, 9)};
    const LaneKey key{.seed = 1, .step = step, .lane = 0};
    const std::unique_ptr<LanePass> direct = make_lane_pass(model);  // has no graph yet
    const double right = direct->run(key, batch, 96.0, direct_gradients, {}).item<double>();
    EXPECT_EQ(recorded->run(key, batch, 96.0, gradients, {}).item<double>(), right);
    EXPECT_TRUE(at::equal(gradients, direct_gradients)) << step;
    model.parameters().values().add_(gradients, -0.1);
    model.parameters().compute_values().copy_(model.parameters().values());
  }
}

void expect_parts_that_are_final(std::int64_t sequences) {
  ModelConfig config = small_model();
  config.n_layer = 5;
  config.n_embd = 768;
  config.n_head = 12;
  Gpt model = make_model(config, 0.02);
  model.move_to_gpu(gpu_placement(at::kBFloat16));
  const std::unique_ptr<LanePass> pass = make_lane_pass(model);
  const Batch batch = some_batch(sequences);
  at::Tensor gradients = at::zeros_like(model.parameters().values());
  for (int run = 0; run < 5; ++run) {
    gradients.fill_(-7.0F);
    std::vector<std::int64_t> firsts;
    std::vector<at::Tensor> copies;
    pass->run({.seed = 1, .step = run, .lane = 3}, batch, 96.0, gradients, [&](std::int64_t first) {
      firsts.push_back(first);
      copies.push_back(gradients.narrow(0, first, gradients.numel() - first).clone());
    });
    ASSERT_GE(firsts.size(), 3U);
    EXPECT_TRUE(std::ranges::is_sorted(firsts, std::ranges::greater{}));
    for (std::size_t i = 0; i < firsts.size(); ++i)
      EXPECT_TRUE(
          at::equal(copies[i], gradients.narrow(0, firsts[i], gradients.numel() - firsts[i])))
          << sequences << ", run " << run << ", from " << firsts[i];
  }
}

// Whoever hears of a part finds it final on the stream it hears it on: as a direct pass, while it
// is recorded, and as a graph.
TEST(LanePassOnGpu, TellsOfPartsThatAreFinal) {
  for (const std::int64_t sequences : sizes_of_lanes()) expect_parts_that_are_final(sequences);
}

}  // namespace
}  // namespace lockstep::test
