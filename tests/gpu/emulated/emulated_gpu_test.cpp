// SPDX-License-Identifier: Apache-2.0
// Whether the emulated GPU finds what a kernel can do wrong.
#include "gpu/emulated/emulated_gpu.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <functional>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "gpu/emulated/include/cuda_bf16.h"
#include "gpu/emulated/include/cuda_pipeline.h"

namespace lockstep::test::emulated {
namespace {

std::string refusal_of(const std::function<void()>& work) {
  try {
    work();
  } catch (const std::logic_error& error) {
    return error.what();
  }
  return "nothing";
}

constexpr Turns kAllTurns[] = {Turns::forward, Turns::backward, Turns::shuffled};

class EmulatedGpu : public testing::Test {
 public:
  ~EmulatedGpu() override { set_turns(Turns::forward); }
};

TEST_F(EmulatedGpu, HasEveryThreadOfEveryBlockOnce) {
  for (const Turns turns : kAllTurns) {
    set_turns(turns);
    std::set<std::array<unsigned, 6>> seen;
    run({{3, 2, 2}, {5, 2, 3}}, [&] {
      EXPECT_TRUE(
          seen.insert({blockIdx.x, blockIdx.y, blockIdx.z, threadIdx.x, threadIdx.y, threadIdx.z})
              .second);
      EXPECT_EQ(gridDim.y, 2U);
      EXPECT_EQ(blockDim.z, 3U);
    });
    EXPECT_EQ(seen.size(), 12U * 30U);
  }
}

// Each thread adds its number to that of its neighbour above.
std::vector<int> sums_of_neighbours(Turns turns, bool has_barrier) {
  set_turns(turns);
  std::vector<int> sums(64);
  run({1, 64, 64 * sizeof(int)}, [&] {
    auto* const shared = reinterpret_cast<int*>(shared_memory());
    const auto i = static_cast<int>(threadIdx.x);
    shared[i] = i;
    if (has_barrier) __syncthreads();
    sums[threadIdx.x] = shared[i] + shared[(i + 1) % 64];
  });
  return sums;
}

TEST_F(EmulatedGpu, FindsAMissingBarrier) {
  const std::vector<int> right = sums_of_neighbours(Turns::forward, true);
  EXPECT_EQ(right[5], 11);
  for (const Turns turns : kAllTurns) EXPECT_EQ(sums_of_neighbours(turns, true), right);
  for (const Turns turns : kAllTurns) EXPECT_NE(sums_of_neighbours(turns, false), right);
}

TEST_F(EmulatedGpu, ExchangesWithinAWarp) {
  for (const Turns turns : kAllTurns) {
    set_turns(turns);
    run({2, dim3(32, 3)}, [] {
      float sum = static_cast<float>(threadIdx.x + 100 * threadIdx.y);
      for (int distance = 16; distance > 0; distance /= 2)
        sum += __shfl_xor_sync(0xffffffffU, sum, distance);
      EXPECT_EQ(sum, 496.0F + 3200.0F * static_cast<float>(threadIdx.y));
    });
  }
}

TEST_F(EmulatedGpu, RefusesWhatWouldHangOrIsNotThere) {
  EXPECT_THAT(refusal_of([] {
                run({1, 64}, [] {
                  if (threadIdx.x != 40) __shfl_xor_sync(0xffffffffU, 1.0F, 1);
                });
              }),
              testing::HasSubstr("wait for others that do not come"));
  EXPECT_THAT(refusal_of([] {
                run({1, 64}, [] {
                  if (threadIdx.x < 32)
                    __syncthreads();
                  else
                    __shfl_xor_sync(0xffffffffU, 1.0F, 1);
                  if (threadIdx.x == 0) __shfl_xor_sync(0xffffffffU, 1.0F, 1);
                });
              }),
              testing::HasSubstr("wait for others that do not come"));
  EXPECT_THAT(refusal_of([] {
                run({1, 40}, [] { exchange_in_warp(0, 32); });
              }),
              testing::HasSubstr("a lane that its warp does not have"));
  EXPECT_THAT(refusal_of([] { run({0, 32}, [] {}); }), testing::HasSubstr("no GPU takes"));
  EXPECT_THAT(refusal_of([] { run({1, 2048}, [] {}); }), testing::HasSubstr("no GPU takes"));
  EXPECT_THAT(refusal_of([] { run({{1, 65536}, 32}, [] {}); }), testing::HasSubstr("no GPU takes"));
  EXPECT_THAT(refusal_of([] {
                run({1, 32, 1 << 20}, [] {});
              }),
              testing::HasSubstr("more shared memory than there is"));
}

TEST_F(EmulatedGpu, CopiesArriveWhenTheyAreWaitedFor) {
  run({1, 1, 64}, [] {
    const std::array<float, 8> from = {1, 2, 3, 4, 5, 6, 7, 8};
    auto* const to = reinterpret_cast<float*>(shared_memory());
    EXPECT_TRUE(std::isnan(to[0]));
    __pipeline_memcpy_async(to, from.data(), 16);
    __pipeline_commit();
    __pipeline_memcpy_async(to + 4, from.data() + 4, 16);
    __pipeline_commit();
    EXPECT_TRUE(std::isnan(to[0]));
    __pipeline_wait_prior(1);
    EXPECT_EQ(to[3], 4.0F);
    EXPECT_TRUE(std::isnan(to[4]));
    __pipeline_wait_prior(0);
    EXPECT_EQ(to[7], 8.0F);
  });
}

TEST_F(EmulatedGpu, RoundsToBfloat16AsGpusDo) {
  const auto rounded = [](float value) { return __bfloat162float(__float2bfloat16_rn(value)); };
  EXPECT_EQ(rounded(1.0F), 1.0F);
  EXPECT_EQ(rounded(1.0F + 1.0F / 256), 1.0F);              // a tie, to even
  EXPECT_EQ(rounded(1.0F + 3.0F / 256), 1.0F + 1.0F / 64);  // the other way
  EXPECT_EQ(rounded(-1.0F - 1.1F / 256), -1.0F - 1.0F / 128);
  EXPECT_EQ(rounded(3.4e38F), INFINITY);
  EXPECT_TRUE(std::isnan(rounded(NAN)));
}

}  // namespace
}  // namespace lockstep::test::emulated
