// SPDX-License-Identifier: Apache-2.0
#include "app/run_memory.h"

#include <gtest/gtest.h>

#include "config/presets.h"

namespace lockstep::test {
namespace {

constexpr double kGiB = 1024.0 * 1024.0 * 1024.0;

RunConfig small_on(DeviceKind device, std::int64_t batch, std::int64_t lanes) {
  RunConfig config;
  config.model = find_model("gpt2-small")->config;
  config.train.device = device;
  config.train.batch_size = batch;
  config.train.lanes = lanes;
  return config;
}

double gpu_gib(const RunConfig& config, int ranks = 1) {
  return static_cast<double>(run_memory(config, ranks).gpu_bytes) / kGiB;
}

TEST(RunMemory, OfACpuNeedsNoGpu) {
  EXPECT_EQ(run_memory(small_on(DeviceKind::cpu, 4, 4), 2).gpu_bytes, 0);
  EXPECT_GT(run_memory(small_on(DeviceKind::cpu, 4, 4), 2).host_bytes, 0);
}

// The most that a rank of the trainer had (Pss_Anon and Pss_Shmem: without the files it maps), with
// 128 positions and a batch of 8.
TEST(RunMemory, OfACpuIsWhatWasMeasured) {
  constexpr double kMiB = 1024.0 * 1024.0;
  RunConfig config = small_on(DeviceKind::cpu, 8, 0);
  config.model.block_size = 128;
  const auto mib = [&](int ranks) {
    return static_cast<double>(run_memory(config, ranks).host_bytes) / kMiB;
  };
  EXPECT_NEAR(mib(1), 5225, 160);
  EXPECT_NEAR(mib(2), 3509, 160);
  EXPECT_NEAR(mib(4), 2540, 160);
  EXPECT_NEAR(mib(8), 2019, 200);
}

// What an H200 had in use for these runs, bench/results/2026-11-27-gpu.json.
TEST(RunMemory, OfAGpuIsWhatWasMeasured) {
  EXPECT_NEAR(gpu_gib(small_on(DeviceKind::cuda, 64, 1)), 15.66, 0.3);
  EXPECT_NEAR(gpu_gib(small_on(DeviceKind::cuda, 16, 1)), 7.02, 0.3);
  EXPECT_NEAR(gpu_gib(small_on(DeviceKind::cuda, 8, 1)), 5.33, 0.3);
  EXPECT_NEAR(gpu_gib(small_on(DeviceKind::cuda, 2, 1)), 3.93, 0.3);
}

TEST(RunMemory, ShrinksWithMoreLanesAndMoreRanks) {
  EXPECT_LT(gpu_gib(small_on(DeviceKind::cuda, 64, 8)), gpu_gib(small_on(DeviceKind::cuda, 64, 1)));
  EXPECT_LT(gpu_gib(small_on(DeviceKind::cuda, 64, 8), 8),
            gpu_gib(small_on(DeviceKind::cuda, 64, 8)));
}

TEST(RunMemory, OfFloat32IsMoreThanOfBf16) {
  RunConfig config = small_on(DeviceKind::cuda, 8, 1);
  const double bf16 = gpu_gib(config);
  config.train.precision = Precision::fp32;
  EXPECT_GT(gpu_gib(config), bf16);
}

}  // namespace
}  // namespace lockstep::test
