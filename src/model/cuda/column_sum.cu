// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "model/cuda/column_sum.h"
#include "model/cuda/vectors.cuh"

namespace lockstep::cuda {
namespace {

constexpr std::int64_t kRowsPerGroup = 8;  // at least, where there are so many
constexpr int kColumns = 32;               // of a block
constexpr int kParts = 16;                 // threads for one column

__global__ void sum_groups_kernel(GroupSums sums) {
  __shared__ float parts[kParts][kColumns];
  float* const sum = sums.into[blockIdx.y];
  if (sum == nullptr) return;
  const auto columns = static_cast<int>(sums.columns);
  const std::int64_t stride = sums.columns * sums.sums;
  const int column = static_cast<int>(blockIdx.x) * kColumns + static_cast<int>(threadIdx.x);
  const float* const groups = sums.groups + blockIdx.y * sums.columns + column;
  float part = 0.0F;
  if (column < columns) {
#pragma unroll 8
    for (int group = static_cast<int>(threadIdx.y); group < sums.count; group += kParts)
      part += groups[group * stride];
  }
  parts[threadIdx.y][threadIdx.x] = part;
  __syncthreads();
  if (threadIdx.y != 0 || column >= columns) return;
  float total = parts[0][threadIdx.x];
#pragma unroll
  for (int i = 1; i < kParts; ++i) total += parts[i][threadIdx.x];
  sum[column] = total;
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

std::int64_t group_count(std::int64_t rows, std::int64_t most) {
  return std::clamp<std::int64_t>(rows / kRowsPerGroup, 1, most);
}

void sum_groups(const GroupSums& sums, Stream stream) {
  const dim3 grid(static_cast<unsigned>((sums.columns + kColumns - 1) / kColumns),
                  static_cast<unsigned>(sums.sums));
  sum_groups_kernel<<<grid, dim3(kColumns, kParts), 0, stream>>>(sums);
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
