// SPDX-License-Identifier: Apache-2.0
#include "train/lane_pass.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "gpu/on_gpu.h"

namespace lockstep::test {
namespace {

// Runs the same lane again and again: directly at first, then as a graph.
TEST(LanePassOnGpu, IsTheSameAsAGraph) {
  Gpt model = make_model(small_model(0.1));
  model.move_to(gpu_placement(at::kBFloat16));
  const std::unique_ptr<LanePass> pass = make_lane_pass(model);
  const Batch batch{.inputs_BT = some_ids(4, 24, 211, 1), .targets_BT = some_ids(4, 24, 211, 2)};
  at::Tensor gradients = at::zeros_like(model.parameters().values());
  at::Tensor first;
  double first_loss = 0.0;
  for (int run = 0; run < 6; ++run) {
    const double loss =
        pass->run({.seed = 1, .step = 2, .lane = 3}, batch, 96.0, gradients, true, {})
            .item<double>();
    if (run == 0) {
      first = gradients.clone();
      first_loss = loss;
    }
    EXPECT_EQ(loss, first_loss) << run;
    EXPECT_TRUE(at::equal(gradients, first)) << run;
  }
}

TEST(LanePassOnGpu, AGraphFollowsBatchKeyAndParameters) {
  Gpt model = make_model(small_model(0.1));
  model.move_to(gpu_placement(at::kBFloat16));
  const std::unique_ptr<LanePass> recorded = make_lane_pass(model);
  at::Tensor gradients = at::zeros_like(model.parameters().values());
  at::Tensor direct_gradients = at::zeros_like(gradients);
  for (std::int64_t step = 0; step < 6; ++step) {
    const Batch batch{.inputs_BT = some_ids(4, 24, 211, static_cast<std::uint64_t>(step)),
                      .targets_BT = some_ids(4, 24, 211, 9)};
    const LaneKey key{.seed = 1, .step = step, .lane = 0};
    const std::unique_ptr<LanePass> direct = make_lane_pass(model);  // has no graph yet
    const double right = direct->run(key, batch, 96.0, direct_gradients, true, {}).item<double>();
    EXPECT_EQ(recorded->run(key, batch, 96.0, gradients, true, {}).item<double>(), right);
    EXPECT_TRUE(at::equal(gradients, direct_gradients)) << step;
    model.parameters().values().add_(gradients, -0.1);
    model.parameters().compute_values().copy_(model.parameters().values());
  }
}

}  // namespace
}  // namespace lockstep::test
