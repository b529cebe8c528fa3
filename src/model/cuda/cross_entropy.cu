// SPDX-License-Identifier: Apache-2.0
#include "model/cuda/cross_entropy.h"

#include <cfloat>

#include "model/cuda/vectors.cuh"

namespace lockstep::cuda {
namespace {

constexpr int kThreads = 512;
constexpr int kSumThreads = 1024;
constexpr int kLanes = 32;

// The sum of exponentials around the largest number seen so far (Milakov and Gimelshein 2018,
// "Online normalizer calculation for softmax").
struct Softmax {
  float largest;
  float sum;
};

__device__ Softmax merged(const Softmax& one, const Softmax& other) {
  const float largest = fmaxf(one.largest, other.largest);
  return {largest,
          one.sum * __expf(one.largest - largest) + other.sum * __expf(other.largest - largest)};
}

// In every thread of the block.
__device__ Softmax merged_over_block(Softmax mine) {
  __shared__ Softmax of_warps[kThreads / kLanes];
#pragma unroll
  for (int distance = kLanes / 2; distance > 0; distance /= 2)
    mine = merged(mine, {__shfl_xor_sync(0xffffffffU, mine.largest, distance),
                         __shfl_xor_sync(0xffffffffU, mine.sum, distance)});
  if (threadIdx.x % kLanes == 0) of_warps[threadIdx.x / kLanes] = mine;
  __syncthreads();
  Softmax all = of_warps[0];
#pragma unroll
  for (int warp = 1; warp < kThreads / kLanes; ++warp) all = merged(all, of_warps[warp]);
  return all;
}

template <class T>
__global__ void __launch_bounds__(kThreads)
    cross_entropy_kernel(T* logits, Logits shape, const std::int64_t* targets, float* losses,
                         const float scale, bool writes_gradient) {
  const std::int64_t row = blockIdx.x;
  T* const mine = logits + row * shape.stride;
  const auto columns = static_cast<int>(shape.columns);
  const auto target = static_cast<int>(targets[row]);
  // Before any thread overwrites it.
  const float chosen = static_cast<float>(mine[target]);
  Softmax softmax = {-FLT_MAX, 0.0F};
#pragma unroll 2
  for (int first = static_cast<int>(threadIdx.x) * kWidth; first < columns;
       first += kThreads * kWidth) {
    const Floats values = load(mine + first);
    float largest = softmax.largest;
#pragma unroll
    for (int i = 0; i < kWidth; ++i)
      if (first + i < columns) largest = fmaxf(largest, values.at[i]);
    float sum = softmax.sum * __expf(softmax.largest - largest);
#pragma unroll
    for (int i = 0; i < kWidth; ++i)
      if (first + i < columns) sum += __expf(values.at[i] - largest);
    softmax = {largest, sum};
  }
  softmax = merged_over_block(softmax);
  if (threadIdx.x == 0) losses[row] = logf(softmax.sum) + softmax.largest - chosen;
  if (!writes_gradient) return;
  const float factor = scale / softmax.sum;
  for (int first = static_cast<int>(threadIdx.x) * kWidth; first < shape.stride;
       first += kThreads * kWidth) {
    Floats values = load(mine + first);
#pragma unroll
    for (int i = 0; i < kWidth; ++i) {
      const int column = first + i;
      const float probability = __expf(values.at[i] - softmax.largest) * factor;
      values.at[i] =
          column < columns ? probability - (column == target ? scale : 0.0F) : 0.0F;
    }
    store(mine + first, values);
  }
}

__global__ void sum_kernel(const float* losses, std::int64_t count, double scale, double* sum) {
  __shared__ double parts[kSumThreads];
  double part = 0.0;
  for (std::int64_t i = threadIdx.x; i < count; i += kSumThreads) part += losses[i];
  parts[threadIdx.x] = part;
  for (unsigned half = kSumThreads / 2; half > 0; half /= 2) {
    __syncthreads();
    if (threadIdx.x < half) parts[threadIdx.x] += parts[threadIdx.x + half];
  }
  if (threadIdx.x == 0) *sum = parts[0] * scale;
}

}  // namespace

void cross_entropy(Element element, void* logits, const Logits& shape, const std::int64_t* targets,
                   float* losses, const float* scale, Stream stream) {
  with_element(element, [&]<class T>(T*) {
    cross_entropy_kernel<<<static_cast<unsigned>(shape.rows), kThreads, 0, stream>>>(
        static_cast<T*>(logits), shape, targets, losses, scale != nullptr ? *scale : 0.0F,
        scale != nullptr);
  });
}

void sum_losses(const float* losses, std::int64_t count, double scale, double* sum, Stream stream) {
  sum_kernel<<<1, kSumThreads, 0, stream>>>(losses, count, scale, sum);
}

}  // namespace lockstep::cuda
