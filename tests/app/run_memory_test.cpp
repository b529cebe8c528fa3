// SPDX-License-Identifier: Apache-2.0
#include "app/run_memory.h"

#include <gtest/gtest.h>

#include "config/presets.h"
#include "config/problems.h"

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

// Half the moments less, half a gradient more.
TEST(RunMemory, OfSeveralGpusHasTheSumOfTheirGradients) {
  const double parameters = 124'046'592.0 * sizeof(float) / kGiB;
  EXPECT_NEAR(
      gpu_gib(small_on(DeviceKind::cuda, 1, 1)) - gpu_gib(small_on(DeviceKind::cuda, 2, 2), 2),
      parameters / 2, 0.01);
}

TEST(RunMemory, OfFloat32IsMoreThanOfBf16) {
  RunConfig config = small_on(DeviceKind::cuda, 8, 1);
  const double bf16 = gpu_gib(config);
  config.train.precision = Precision::fp32;
  EXPECT_GT(gpu_gib(config), bf16);
}

// Within the rules of a configuration, whose products are more than 64 bits can say.
TEST(RunMemory, OfAbsurdSizesIsNeverSmall) {
  constexpr std::int64_t kPebibyte = std::int64_t{1} << 50;
  for (const DeviceKind device : {DeviceKind::cpu, DeviceKind::cuda}) {
    RunConfig config = small_on(device, 1'000'000, 1);
    config.model.n_layer = 10'000;
    config.model.n_embd = 100'000;
    config.model.n_head = 1;
    config.model.block_size = 1'000'000;
    config.model.vocab_size = 10'000'000;
    ASSERT_TRUE(problems_in(config).empty());
    const RunMemory memory = run_memory(config, 1);
    EXPECT_EQ(memory.host_bytes, kPebibyte);
    EXPECT_EQ(memory.gpu_bytes, device == DeviceKind::cuda ? kPebibyte : 0);
  }
}

// Where the bytes of what a lane keeps are a multiple of 2^64.
TEST(RunMemory, DoesNotWrapAround) {
  RunConfig config = small_on(DeviceKind::cpu, 8'192, 1);
  config.model.n_layer = 8'192;
  config.model.n_embd = 65'536;
  config.model.n_head = 1;
  config.model.block_size = 262'144;
  ASSERT_TRUE(problems_in(config).empty());
  EXPECT_EQ(run_memory(config, 1).host_bytes, std::int64_t{1} << 50);
}

}  // namespace
}  // namespace lockstep::test
