// SPDX-License-Identifier: Apache-2.0
// Compiled without fused multiply-adds: the results have the bits of a CPU's.
#include <cuda_bf16.h>

#include <limits>

#include "optim/cuda_launches.h"

namespace lockstep::cuda {
namespace {

constexpr int kThreads = 256;
constexpr int kVector = 4;
constexpr double kNotFinite = std::numeric_limits<double>::quiet_NaN();

__device__ void update(const AdamWFactors& f, float decay, float gradient, float& value,
                       float& exp_avg, float& exp_avg_sq) {
  const float g = gradient * f.gradient_scale;
  const float m = exp_avg + (g - exp_avg) * f.beta1_complement;
  const float v = exp_avg_sq * f.beta2 + g * g * f.beta2_complement;
  exp_avg = m;
  exp_avg_sq = v;
  value = value * decay - f.step_size * m / (sqrtf(v) / f.root_correction + f.eps);
}

// Whether anything is to change.
__device__ bool take_scale(const double* gradient_scale, AdamWFactors& factors) {
  if (gradient_scale != nullptr) factors.gradient_scale = static_cast<float>(*gradient_scale);
  return !isnan(factors.gradient_scale);
}

// Which run an element of the range is in.
__device__ std::int64_t run_of(const DecayTurns& turns, std::int64_t element) {
  std::int64_t low = 0;
  std::int64_t high = turns.count - 1;
  while (low < high) {
    const std::int64_t middle = (low + high) / 2;
    if (turns.ends[middle] > element)
      high = middle;
    else
      low = middle + 1;
  }
  return low;
}

__device__ float decay_in(const DecayTurns& turns, const AdamWFactors& f, std::int64_t run) {
  return (run % 2 == 0) == turns.first_decays ? f.decay : 1.0f;
}

// Of four elements, which may be of several runs.
__device__ float4 decays_of(const DecayTurns& turns, const AdamWFactors& f, std::int64_t element) {
  std::int64_t run = run_of(turns, element);
  const auto next = [&](std::int64_t i) {
    if (turns.ends[run] <= i) ++run;
    return decay_in(turns, f, run);
  };
  float4 decays;
  decays.x = decay_in(turns, f, run);
  if (turns.ends[run] >= element + kVector) {
    decays.y = decays.z = decays.w = decays.x;
  } else {
    decays.y = next(element + 1);
    decays.z = next(element + 2);
    decays.w = next(element + 3);
  }
  return decays;
}

__global__ void adamw_kernel(AdamWFactors factors, const double* gradient_scale, DecayTurns turns,
                             const float4* gradients, float4* values, float4* exp_avg,
                             float4* exp_avg_sq, uint2* bf16_values, std::int64_t vectors) {
  const std::int64_t i = static_cast<std::int64_t>(blockIdx.x) * kThreads + threadIdx.x;
  if (i >= vectors || !take_scale(gradient_scale, factors)) return;
  const float4 g = gradients[i];
  float4 p = values[i];
  float4 m = exp_avg[i];
  float4 v = exp_avg_sq[i];
  const float4 decays = decays_of(turns, factors, turns.first + i * kVector);
  update(factors, decays.x, g.x, p.x, m.x, v.x);
  update(factors, decays.y, g.y, p.y, m.y, v.y);
  update(factors, decays.z, g.z, p.z, m.z, v.z);
  update(factors, decays.w, g.w, p.w, m.w, v.w);
  values[i] = p;
  exp_avg[i] = m;
  exp_avg_sq[i] = v;
  if (bf16_values == nullptr) return;
  const __nv_bfloat162 low = __floats2bfloat162_rn(p.x, p.y);
  const __nv_bfloat162 high = __floats2bfloat162_rn(p.z, p.w);
  bf16_values[i] = make_uint2(*reinterpret_cast<const unsigned*>(&low),
                              *reinterpret_cast<const unsigned*>(&high));
}

__global__ void adamw_tail_kernel(AdamWFactors factors, const double* gradient_scale,
                                  DecayTurns turns, const float* gradients, float* values,
                                  float* exp_avg, float* exp_avg_sq, __nv_bfloat16* bf16_values,
                                  std::int64_t count) {
  const std::int64_t i = static_cast<std::int64_t>(blockIdx.x) * kThreads + threadIdx.x;
  if (i >= count || !take_scale(gradient_scale, factors)) return;
  const float decay = decay_in(turns, factors, run_of(turns, turns.first + i));
  update(factors, decay, gradients[i], values[i], exp_avg[i], exp_avg_sq[i]);
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

// One block.
__global__ void step_numbers_kernel(const double* signals, const double* losses,
                                    const double* squares, StepTerms counts, double clip_norm,
                                    StepNumbers* numbers) {
  __shared__ double sums[kNormSums];
  double part = 0.0;
#pragma unroll 8
  for (std::int64_t i = threadIdx.x; i < counts.blocks; i += kNormSums) part += squares[i];
  sums[threadIdx.x] = part;
  for (unsigned half = kNormSums / 2; half > 0; half /= 2) {
    __syncthreads();
    if (threadIdx.x < half) sums[threadIdx.x] += sums[threadIdx.x + half];
  }
  if (threadIdx.x != 0) return;
  StepNumbers result;
  unsigned bits = 0;
  for (std::int64_t i = 0; i < counts.ranks; ++i) bits |= static_cast<unsigned>(signals[i]);
  result.signals = bits;
  result.loss = 0.0;
#pragma unroll 8
  for (std::int64_t i = 0; i < counts.losses; ++i) result.loss += losses[i];
  result.gradient_norm = sqrt(sums[0]);
  const bool is_finite = isfinite(result.loss) && isfinite(result.gradient_norm);
  const double scale = clip_norm / (result.gradient_norm + kNormEps);
  result.gradient_scale = !is_finite ? kNotFinite : clip_norm > 0 && scale < 1.0 ? scale : 1.0;
  result.skipped_in_a_row = is_finite ? 0.0 : numbers->skipped_in_a_row + 1.0;
  *numbers = result;
}

}  // namespace

void launch_adamw(const AdamWFactors& factors, const double* gradient_scale,
                  const DecayTurns& turns, const float* gradients, float* values, float* exp_avg,
                  float* exp_avg_sq, void* bf16_values, std::int64_t count, CUstream_st* stream) {
  auto* const bf16 = static_cast<__nv_bfloat16*>(bf16_values);
  const bool is_fast = is_aligned(gradients) && is_aligned(values) && is_aligned(exp_avg) &&
                       is_aligned(exp_avg_sq) && is_aligned(bf16);
  const std::int64_t vectors = is_fast ? count / kVector : 0;
  if (vectors > 0)
    adamw_kernel<<<blocks_for(vectors), kThreads, 0, stream>>>(
        factors, gradient_scale, turns, reinterpret_cast<const float4*>(gradients),
        reinterpret_cast<float4*>(values), reinterpret_cast<float4*>(exp_avg),
        reinterpret_cast<float4*>(exp_avg_sq), reinterpret_cast<uint2*>(bf16), vectors);
  const std::int64_t done = vectors * kVector;
  DecayTurns rest = turns;
  rest.first += done;
  if (done < count)
    adamw_tail_kernel<<<blocks_for(count - done), kThreads, 0, stream>>>(
        factors, gradient_scale, rest, gradients + done, values + done, exp_avg + done,
        exp_avg_sq + done, bf16 != nullptr ? bf16 + done : nullptr, count - done);
}

void launch_step_numbers(const double* terms, const StepTerms& counts, double clip_norm,
                         StepNumbers* numbers, CUstream_st* stream) {
  step_numbers_kernel<<<1, kNormSums, 0, stream>>>(
      terms, terms + counts.first_loss(), terms + counts.first_block(), counts, clip_norm, numbers);
}

void launch_square_sums(const float* values, std::int64_t count, std::int64_t block, double* sums,
                        CUstream_st* stream) {
  const auto blocks = static_cast<unsigned>((count + block - 1) / block);
  if (blocks > 0) square_sums_kernel<<<blocks, kThreads, 0, stream>>>(values, count, block, sums);
}

}  // namespace lockstep::cuda
