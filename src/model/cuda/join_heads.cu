// SPDX-License-Identifier: Apache-2.0
#include "model/cuda/column_sum.h"
#include "model/cuda/join_heads.h"
#include "model/cuda/vectors.cuh"

namespace lockstep::cuda {
namespace {

constexpr int kThreads = 96;

// A block has 96 vectors of one of the three, of the rows of one group.
template <class T>
__global__ void join_kernel(const T* queries, const T* keys, const T* values, std::int64_t rows,
                            int vectors, T* joined, float* groups) {
  const int vector = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
  if (vector >= vectors) return;
  const T* const from = blockIdx.z == 0 ? queries : blockIdx.z == 1 ? keys : values;
  const std::int64_t at = static_cast<std::int64_t>(blockIdx.z) * vectors + vector;
  Floats sum = zeros();
#pragma unroll 4
  for (std::int64_t row = blockIdx.y; row < rows; row += gridDim.y) {
    const auto packed = load_packed(from + (row * vectors + vector) * kWidth);
    store_packed(joined + (row * 3 * vectors + at) * kWidth, packed);
    sum += unpacked(packed);
  }
  store(groups + (static_cast<std::int64_t>(blockIdx.y) * 3 * vectors + at) * kWidth, sum);
}

}  // namespace

void join_heads(Element element, const void* queries, const void* keys, const void* values,
                std::int64_t rows, std::int64_t columns, void* joined, float* groups,
                Stream stream) {
  const auto vectors = static_cast<int>(columns / kVector);
  const dim3 grid(static_cast<unsigned>((vectors + kThreads - 1) / kThreads),
                  static_cast<unsigned>(group_count(rows)), 3);
  with_element(element, [&]<class T>(T*) {
    join_kernel<<<grid, kThreads, 0, stream>>>(
        static_cast<const T*>(queries), static_cast<const T*>(keys), static_cast<const T*>(values),
        rows, vectors, static_cast<T*>(joined), groups);
  });
}

}  // namespace lockstep::cuda
