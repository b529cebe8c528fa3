// SPDX-License-Identifier: Apache-2.0
// A step without a finite loss, of which the host hears when the update is on its way.
#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "gpu/on_gpu.h"
#include "support/temp_directory.h"
#include "support/tiny_run.h"

namespace lockstep::test {
namespace {

constexpr std::int64_t kSteps = 8;
constexpr std::int64_t kBad = 4;

// A forward pass waits for the update, which still goes on after a step.
void await_update(Gpt& model) {
  const at::NoGradGuard no_grad;
  const at::Tensor ids =
      at::zeros({1, 8}, at::TensorOptions(at::kLong).device(model.parameters().placement().device));
  model.loss_sum(ids, ids, Mode::evaluation);
}

// A run one of whose parameters is no number during one step.
TinyResult run_with_a_bad_step(DeviceKind device) {
  const TempDirectory folder;
  RunConfig config = tiny_config(folder.path());
  config.train.device = device;
  config.train.max_steps = kSteps;
  config.checkpoint.save_every_epoch = false;
  double before = 0.0;
  return run_tiny(config, std::nullopt, [&](Gpt& model, std::int64_t step) {
    if (step != kBad - 1 && step != kBad) return;
    await_update(model);
    at::Tensor one = model.parameters().values().narrow(0, 0, 1);
    if (step == kBad - 1) before = one.item<double>();
    one.fill_(step == kBad - 1 ? std::numeric_limits<double>::quiet_NaN() : before);
  });
}

TEST(SkippedStepOnGpu, LeavesTheRunAsItWas) {
  const TinyResult right = run_with_a_bad_step(DeviceKind::cpu);
  const TinyResult ours = run_with_a_bad_step(DeviceKind::cuda);
  ASSERT_EQ(ours.losses.size(), static_cast<std::size_t>(kSteps));
  EXPECT_EQ(right.state.skipped_steps, 1);
  EXPECT_EQ(ours.state.skipped_steps, 1);
  for (std::size_t i = 0; i < ours.losses.size(); ++i) {
    if (i == kBad - 1)
      EXPECT_TRUE(std::isnan(ours.losses[i]));
    else
      EXPECT_NEAR(ours.losses[i] / right.losses[i], 1.0, 1e-5) << "step " << i + 1;
  }
}

}  // namespace
}  // namespace lockstep::test
