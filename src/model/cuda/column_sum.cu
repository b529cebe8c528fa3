// SPDX-License-Identifier: Apache-2.0
#include "model/cuda/column_sum.h"

#include <algorithm>

#include "model/cuda/vectors.cuh"

namespace lockstep::cuda {
namespace {

constexpr std::int64_t kMostGroups = 512;
constexpr std::int64_t kRowsPerGroup = 8;  // at least, where there are so many
constexpr int kColumns = 32;               // of a block
constexpr int kParts = 8;                  // threads for one column

__global__ void sum_groups_kernel(const float* groups, int count, std::int64_t stride, int columns,
                                  float* sum, bool adds) {
  __shared__ float parts[kParts][kColumns];
  const int column = static_cast<int>(blockIdx.x) * kColumns + static_cast<int>(threadIdx.x);
  float part = 0.0F;
  if (column < columns)
    for (int group = static_cast<int>(threadIdx.y); group < count; group += kParts)
      part += groups[group * stride + column];
  parts[threadIdx.y][threadIdx.x] = part;
  __syncthreads();
  if (threadIdx.y != 0 || column >= columns) return;
  float total = parts[0][threadIdx.x];
#pragma unroll
  for (int i = 1; i < kParts; ++i) total += parts[i][threadIdx.x];
  sum[column] = adds ? sum[column] + total : total;
}

template <class T>
__global__ void sum_rows_kernel(const T* matrix, std::int64_t rows, int vectors, float* groups) {
  const int vector = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
  if (vector >= vectors) return;
  const std::int64_t columns = static_cast<std::int64_t>(vectors) * kWidth;
  Floats sum = zeros();
#pragma unroll 4
  for (std::int64_t row = blockIdx.y; row < rows; row += gridDim.y)
    sum += load(matrix + row * columns + vector * kWidth);
  store(groups + blockIdx.y * columns + vector * kWidth, sum);
}

}  // namespace

std::int64_t group_count(std::int64_t rows) {
  return std::clamp<std::int64_t>(rows / kRowsPerGroup, 1, kMostGroups);
}

void sum_groups(const float* groups, std::int64_t count, std::int64_t stride, std::int64_t columns,
                float* sum, Into into, Stream stream) {
  const auto blocks = static_cast<unsigned>((columns + kColumns - 1) / kColumns);
  sum_groups_kernel<<<blocks, dim3(kColumns, kParts), 0, stream>>>(
      groups, static_cast<int>(count), stride, static_cast<int>(columns), sum, into == Into::add);
}

void sum_rows_in_groups(Element element, const void* matrix, std::int64_t rows,
                        std::int64_t columns, float* groups, Stream stream) {
  constexpr int kThreads = 128;
  const auto vectors = static_cast<int>(columns / kVector);
  const dim3 grid(static_cast<unsigned>((vectors + kThreads - 1) / kThreads),
                  static_cast<unsigned>(group_count(rows)));
  with_element(element, [&]<class T>(T*) {
    sum_rows_kernel<<<grid, kThreads, 0, stream>>>(static_cast<const T*>(matrix), rows, vectors,
                                                   groups);
  });
}

}  // namespace lockstep::cuda
