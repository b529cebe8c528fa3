// SPDX-License-Identifier: Apache-2.0
#include <cuda_pipeline.h>

#include <cfloat>

#include "model/cuda/cross_entropy.h"
#include "model/cuda/vectors.cuh"
#include "model/cuda/warp.cuh"

namespace lockstep::cuda {
namespace {

constexpr int kThreads = 512;
constexpr int kSumThreads = 1024;

// The sum of exponentials around the largest number seen so far (Milakov and Gimelshein 2018,
// "Online normalizer calculation for softmax").
struct Softmax {
  float largest;
  float sum;
};

// With the first `count` of eight more numbers.
__device__ void add(Softmax& softmax, const Floats& values, int count) {
  float largest = softmax.largest;
#pragma unroll
  for (int i = 0; i < kWidth; ++i)
    if (i < count) largest = fmaxf(largest, values.at[i]);
  float sum = softmax.sum * __expf(softmax.largest - largest);
#pragma unroll
  for (int i = 0; i < kWidth; ++i)
    if (i < count) sum += __expf(values.at[i] - largest);
  softmax = {largest, sum};
}

// Of all of `kCount` neighbouring lanes, in each of them.
template <int kCount>
__device__ Softmax merged_over_lanes(const Softmax& mine) {
  const float largest = largest_over_lanes<kCount>(mine.largest);
  return {largest, sum_over_lanes<kCount>(mine.sum * __expf(mine.largest - largest))};
}

// In every thread of the block.
__device__ Softmax merged_over_block(const Softmax& mine) {
  constexpr int kWarps = kThreads / kLanes;
  __shared__ Softmax of_warps[kWarps];
  const Softmax of_warp = merged_over_lanes<kLanes>(mine);
  if (threadIdx.x % kLanes == 0) of_warps[threadIdx.x / kLanes] = of_warp;
  __syncthreads();
  return merged_over_lanes<kWarps>(of_warps[threadIdx.x % kWarps]);
}

// The vectors of a row that fill themselves, shared out to the threads of a block: thread t has
// t, t + kThreads, ... A stage is a part of those.
constexpr int kStages = 4;

struct Vectors {
  int count;

  template <class Work>
  __device__ void of_stage(int stage, Work work) const {
    constexpr int kBlocks = kThreads * kStages;
    const int stride = (count + kBlocks - 1) / kBlocks * kThreads;  // from stage to stage
    const int first = stage * stride;
    const int last = first + stride < count ? first + stride : count;
    for (int vector = first + static_cast<int>(threadIdx.x); vector < last; vector += kThreads)
      work(vector);
  }
};

// Begins to copy the vectors of this thread to shared memory, past its registers: all of them are
// on their way at once.
template <class T>
__device__ void start_copy(const Vectors& vectors, const T* from, T* to) {
#pragma unroll
  for (int stage = 0; stage < kStages; ++stage) {
    vectors.of_stage(stage, [&](int vector) {
      constexpr int kPart = 16 / sizeof(T);  // the largest copy, in elements
#pragma unroll
      for (int part = 0; part < kWidth; part += kPart)
        __pipeline_memcpy_async(to + vector * kWidth + part, from + vector * kWidth + part, 16);
    });
    __pipeline_commit();
  }
}

// Once the copies of all stages up to `stage`, a constant, are there.
__device__ void await_copy(int stage) { __pipeline_wait_prior(kStages - 1 - stage); }

// kKeeps: the row stays in shared memory between the two passes over it.
template <class T, bool kKeeps>
__global__ void __launch_bounds__(kThreads)
    cross_entropy_kernel(T* logits, Logits shape, const std::int64_t* targets, float* losses,
                         const float scale, bool writes_gradient) {
  extern __shared__ __align__(16) unsigned char shared[];
  T* const kept = reinterpret_cast<T*>(shared);
  const std::int64_t row = blockIdx.x;
  T* const mine = logits + row * shape.stride;
  const auto columns = static_cast<int>(shape.columns);
  const auto target = static_cast<int>(targets[row]);
  // Before any thread overwrites it.
  const float chosen = static_cast<float>(mine[target]);
  Softmax softmax = {-FLT_MAX, 0.0F};
  const Vectors vectors = {columns / kWidth};
  if constexpr (kKeeps) start_copy(vectors, mine, kept);
#pragma unroll
  for (int stage = 0; stage < kStages; ++stage) {
    if constexpr (kKeeps) await_copy(stage);
    vectors.of_stage(stage, [&](int vector) {
      add(softmax, load((kKeeps ? kept : mine) + vector * kWidth), kWidth);
    });
  }
  const int whole = vectors.count * kWidth;
  if (whole < columns && threadIdx.x == kThreads - 1) {
    const Floats values = load(mine + whole);
    if constexpr (kKeeps) store(kept + whole, values);
    add(softmax, values, columns - whole);
  }
  softmax = merged_over_block(softmax);
  if (threadIdx.x == 0) losses[row] = logf(softmax.sum) + softmax.largest - chosen;
  if (!writes_gradient) return;
  // scale x probability = exp(x - log of the sum, and of 1 / scale)
  const float shift = softmax.largest + __logf(softmax.sum) - __logf(scale);
#pragma unroll 4
  for (int first = static_cast<int>(threadIdx.x) * kWidth; first < whole;
       first += kThreads * kWidth) {
    Floats values = load((kKeeps ? kept : mine) + first);
#pragma unroll
    for (float& value : values.at) value = __expf(value - shift);
    if (first <= target && target < first + kWidth) {
#pragma unroll
      for (int i = 0; i < kWidth; ++i)
        if (first + i == target) values.at[i] -= scale;
    }
    store(mine + first, values);
  }
  for (int column = whole + static_cast<int>(threadIdx.x); column < shape.stride;
       column += kThreads) {
    float gradient = 0.0F;
    if (column < columns)
      gradient = __expf(static_cast<float>((kKeeps ? kept : mine)[column]) - shift) -
                 (column == target ? scale : 0.0F);
    mine[column] = static_cast<T>(gradient);
  }
}

// What a block may have, so that two of them fit onto a multiprocessor.
constexpr std::int64_t kSharedBytes = 112 * 1024;

template <class T, bool kKeeps>
void launch(T* logits, const Logits& shape, const std::int64_t* targets, float* losses,
            const float* scale, Stream stream) {
  const std::size_t bytes = kKeeps ? static_cast<std::size_t>(shape.stride) * sizeof(T) : 0;
  if (kKeeps) {
    const auto most = static_cast<int>(kSharedBytes);
    cudaFuncSetAttribute(cross_entropy_kernel<T, kKeeps>,
                         cudaFuncAttributeMaxDynamicSharedMemorySize, most);
  }
  cross_entropy_kernel<T, kKeeps><<<static_cast<unsigned>(shape.rows), kThreads, bytes, stream>>>(
      logits, shape, targets, losses, scale != nullptr ? *scale : 0.0F, scale != nullptr);
}

// Whether the GPU gives a block so much.
bool has_shared_memory(std::int64_t bytes) {
  int device = 0;
  int most = 0;
  cudaGetDevice(&device);
  cudaDeviceGetAttribute(&most, cudaDevAttrMaxSharedMemoryPerBlockOptin, device);
  return bytes <= kSharedBytes && kSharedBytes <= most;
}

__global__ void sum_kernel(const float* losses, std::int64_t count, double scale, double* sum) {
  __shared__ double parts[kSumThreads];
  double part = 0.0;
#pragma unroll 8
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
    if (has_shared_memory(shape.stride * static_cast<std::int64_t>(sizeof(T))))
      launch<T, true>(static_cast<T*>(logits), shape, targets, losses, scale, stream);
    else
      launch<T, false>(static_cast<T*>(logits), shape, targets, losses, scale, stream);
  });
}

void sum_losses(const float* losses, std::int64_t count, double scale, double* sum, Stream stream) {
  sum_kernel<<<1, kSumThreads, 0, stream>>>(losses, count, scale, sum);
}

}  // namespace lockstep::cuda
