// SPDX-License-Identifier: Apache-2.0
// Compiled without fused multiply-adds: the results have the bits of a CPU's.
#include <cuda_bf16.h>

#include "optim/cuda_launches.h"

namespace lockstep::cuda {
namespace {

constexpr int kThreads = 256;
constexpr int kVector = 4;

__device__ void update(const AdamWFactors& f, float gradient, float& value, float& exp_avg,
                       float& exp_avg_sq) {
  const float g = gradient * f.gradient_scale;
  const float m = exp_avg + (g - exp_avg) * f.beta1_complement;
  const float v = exp_avg_sq * f.beta2 + g * g * f.beta2_complement;
  exp_avg = m;
  exp_avg_sq = v;
  value = value * f.decay - f.step_size * m / (sqrtf(v) / f.root_correction + f.eps);
}

__global__ void adamw_kernel(AdamWFactors factors, const float4* gradients, float4* values,
                             float4* exp_avg, float4* exp_avg_sq, uint2* bf16_values,
                             std::int64_t vectors) {
  const std::int64_t i = static_cast<std::int64_t>(blockIdx.x) * kThreads + threadIdx.x;
  if (i >= vectors) return;
  const float4 g = gradients[i];
  float4 p = values[i];
  float4 m = exp_avg[i];
  float4 v = exp_avg_sq[i];
  update(factors, g.x, p.x, m.x, v.x);
  update(factors, g.y, p.y, m.y, v.y);
  update(factors, g.z, p.z, m.z, v.z);
  update(factors, g.w, p.w, m.w, v.w);
  values[i] = p;
  exp_avg[i] = m;
  exp_avg_sq[i] = v;
  if (bf16_values == nullptr) return;
  const __nv_bfloat162 low = __floats2bfloat162_rn(p.x, p.y);
  const __nv_bfloat162 high = __floats2bfloat162_rn(p.z, p.w);
  bf16_values[i] = make_uint2(*reinterpret_cast<const unsigned*>(&low),
                              *reinterpret_cast<const unsigned*>(&high));
}

__global__ void adamw_tail_kernel(AdamWFactors factors, const float* gradients, float* values,
                                  float* exp_avg, float* exp_avg_sq, __nv_bfloat16* bf16_values,
                                  std::int64_t count) {
  const std::int64_t i = static_cast<std::int64_t>(blockIdx.x) * kThreads + threadIdx.x;
  if (i >= count) return;
  update(factors, gradients[i], values[i], exp_avg[i], exp_avg_sq[i]);
  if (bf16_values != nullptr) bf16_values[i] = __float2bfloat16_rn(values[i]);
}

bool is_aligned(const void* pointer) { return reinterpret_cast<std::uintptr_t>(pointer) % 16 == 0; }

unsigned blocks_for(std::int64_t threads) {
  return static_cast<unsigned>((threads + kThreads - 1) / kThreads);
}

// A block of threads for each block of values: thread t adds the vectors t, t + kThreads, ..., and
// the sums of the threads are added pair by pair.
__global__ void square_sums_kernel(const float* values, std::int64_t count, std::int64_t block,
                                   double* sums) {
  __shared__ double parts[kThreads];
  const std::int64_t first = static_cast<std::int64_t>(blockIdx.x) * block;
  const std::int64_t last = first + block < count ? first + block : count;
  double part = 0.0;
#pragma unroll 8
  for (std::int64_t i = first + threadIdx.x; i < last; i += kThreads) {
    const double value = values[i];
    part += value * value;
  }
  parts[threadIdx.x] = part;
  for (unsigned half = kThreads / 2; half > 0; half /= 2) {
    __syncthreads();
    if (threadIdx.x < half) parts[threadIdx.x] += parts[threadIdx.x + half];
  }
  if (threadIdx.x == 0) sums[blockIdx.x] = parts[0];
}

}  // namespace

void launch_adamw(const AdamWFactors& factors, const float* gradients, float* values,
                  float* exp_avg, float* exp_avg_sq, void* bf16_values, std::int64_t count,
                  CUstream_st* stream) {
  auto* const bf16 = static_cast<__nv_bfloat16*>(bf16_values);
  const bool is_fast = is_aligned(gradients) && is_aligned(values) && is_aligned(exp_avg) &&
                       is_aligned(exp_avg_sq) && is_aligned(bf16);
  const std::int64_t vectors = is_fast ? count / kVector : 0;
  if (vectors > 0)
    adamw_kernel<<<blocks_for(vectors), kThreads, 0, stream>>>(
        factors, reinterpret_cast<const float4*>(gradients), reinterpret_cast<float4*>(values),
        reinterpret_cast<float4*>(exp_avg), reinterpret_cast<float4*>(exp_avg_sq),
        reinterpret_cast<uint2*>(bf16), vectors);
  const std::int64_t done = vectors * kVector;
  if (done < count)
    adamw_tail_kernel<<<blocks_for(count - done), kThreads, 0, stream>>>(
        factors, gradients + done, values + done, exp_avg + done, exp_avg_sq + done,
        bf16 != nullptr ? bf16 + done : nullptr, count - done);
}

void launch_square_sums(const float* values, std::int64_t count, std::int64_t block, double* sums,
                        CUstream_st* stream) {
  const auto blocks = static_cast<unsigned>((count + block - 1) / block);
  if (blocks > 0) square_sums_kernel<<<blocks, kThreads, 0, stream>>>(values, count, block, sums);
}

}  // namespace lockstep::cuda
