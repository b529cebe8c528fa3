// SPDX-License-Identifier: Apache-2.0
// Kernels in which no thread can tell when another had its turn: a barrier that is missing, or two
// threads that write to one place, would show.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <utility>

#include "gpu/emulated/emulated_gpu.h"
#include "gpu/on_gpu.h"

namespace lockstep::test {
namespace {

using emulated::Turns;

// Its loss, and the gradients of its parameters, as one.
at::Tensor loss_and_gradients(const ModelConfig& config, at::ScalarType compute, Turns turns) {
  Gpt model = make_model(config);
  model.move_to_gpu(gpu_placement(compute));
  model.key_dropout(1, 2, 3);
  at::Tensor gradients = at::zeros_like(model.parameters().values());
  model.parameters().collect_gradients_in(gradients);
  const at::Tensor inputs = some_ids(3, config.block_size, config.vocab_size, 1);
  const at::Tensor targets = some_ids(3, config.block_size, config.vocab_size, 2);
  emulated::set_turns(turns);
  const at::Tensor loss = model.loss(inputs, targets, Mode::training, 7.0);
  loss.backward();
  emulated::set_turns(Turns::forward);
  return at::cat({loss.detach().to(at::kFloat).view({1}), gradients});
}

void expect_the_same_in_any_order(const ModelConfig& config) {
  for (const at::ScalarType compute : {at::kFloat, at::kBFloat16}) {
    const std::int64_t before = emulated::launches();
    const at::Tensor right = loss_and_gradients(config, compute, Turns::forward);
    EXPECT_GT(emulated::launches(), before + 10);
    EXPECT_TRUE(right.isfinite().all().item<bool>());
    for (const Turns turns : {Turns::backward, Turns::shuffled})
      EXPECT_TRUE(at::equal(loss_and_gradients(config, compute, turns), right));
  }
}

TEST(Turns, DoNotChangeABitOfAModel) { expect_the_same_in_any_order(small_model(0.1)); }

TEST(Turns, DoNotWhereLogitsDoNotFitIntoSharedMemory) {
  const int before = std::exchange(emulated::most_shared_bytes, 48 * 1024);
  expect_the_same_in_any_order(small_model(0.1));
  emulated::most_shared_bytes = before;
}

}  // namespace
}  // namespace lockstep::test
