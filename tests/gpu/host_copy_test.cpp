// SPDX-License-Identifier: Apache-2.0
#include "device/host_copy.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "gpu/on_gpu.h"
#include "train/staging.h"

namespace lockstep::test {
namespace {

TEST(HostCopy, TakesWhatWasThereBeforeTheWorkThatFollows) {
  constexpr std::int64_t kCount = 50'000'000;
  at::Tensor numbers = at::full(
      {kCount}, 1.0, at::TensorOptions(at::kFloat).device(gpu_placement(at::kFloat).device));
  at::Tensor copy = at::zeros({kCount});
  const std::unique_ptr<PinnedMemory> pinned = pin_memory(copy.data_ptr(), copy.nbytes());
  numbers.add_(1.0);
  const std::unique_ptr<HostCopy> going =
      start_host_copy({{.from = numbers.const_data_ptr<float>(),
                        .to = copy.data_ptr<float>(),
                        .count = static_cast<std::size_t>(kCount)}});
  going->hold_back_work();
  numbers.add_(1.0);
  going->wait();
  EXPECT_TRUE(going->is_done());
  EXPECT_EQ(copy.min().item<float>(), 2.0F);
  EXPECT_EQ(copy.max().item<float>(), 2.0F);
  EXPECT_EQ(numbers.max().item<float>(), 3.0F);
}

// As a rank has it where there are more of them than chunks of the state.
TEST(HostCopy, TakesNothingWhereNothingIsOwned) {
  const c10::Device device = gpu_placement(at::kFloat).device;
  const at::Tensor none = at::empty({0}, at::TensorOptions(at::kFloat).device(device));
  Staging staging({0, 0});
  staging.pin();
  PerArray<const float*> live;
  for (const StateArray array : kStateArrays) live[array] = none.const_data_ptr<float>();
  const std::unique_ptr<HostCopy> going = staging.start_copy_from_gpu(live);
  going->hold_back_work();
  going->wait();
  EXPECT_TRUE(going->is_done());
  EXPECT_EQ(staging.slice().range.count(), 0);
}

}  // namespace
}  // namespace lockstep::test
