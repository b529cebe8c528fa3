// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "model/cuda/column_sum.h"
#include "model/cuda/vectors.cuh"

namespace lockstep::cuda {
namespace {

constexpr std::int64_t kRowsPerGroup = 8;  // at least, where there are so many
constexpr int kColumns = 32;               // of a block
constexpr int kParts = 16;                 // threads for one column
constexpr int kGroupsAhead = 16;           // reads that are on their way at once
constexpr int kRowsAhead = 8;              // the same, of vectors

__global__ void sum_groups_kernel(GroupSums sums) {
  __shared__ float parts[kParts][kColumns];
  // Not by an index: the array would be copied to memory.
  float* const sum = blockIdx.y == 0 ? sums.into[0] : blockIdx.y == 1 ? sums.into[1] : sums.into[2];
  if (sum == nullptr) return;
  const auto columns = static_cast<int>(sums.columns);
  const std::int64_t stride = sums.columns * sums.sums;
  const int column = static_cast<int>(blockIdx.x) * kColumns + static_cast<int>(threadIdx.x);
  const float* const groups = sums.groups + blockIdx.y * sums.columns + column;
  float part = 0.0F;
  const int count = column < columns ? static_cast<int>(sums.count) : 0;
  for (int first = static_cast<int>(threadIdx.y); first < count; first += kGroupsAhead * kParts) {
    float numbers[kGroupsAhead];
#pragma unroll
    for (int i = 0; i < kGroupsAhead; ++i) {
      const int group = first + i * kParts;
      numbers[i] = group < count ? groups[group * stride] : 0.0F;
    }
#pragma unroll
    for (int i = 0; i < kGroupsAhead; ++i) part += numbers[i];  // zeros change no bit
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
  const std::int64_t stride = gridDim.y;
  Floats sum = zeros();
  for (std::int64_t first = blockIdx.y; first < rows; first += kRowsAhead * stride) {
    Packed<T> packed[kRowsAhead];
#pragma unroll
    for (int i = 0; i < kRowsAhead; ++i) {
      const std::int64_t row = first + i * stride;
      if (row >= rows) break;
      packed[i] = load_packed(matrix + row * columns + vector * kWidth);
    }
#pragma unroll
    for (int i = 0; i < kRowsAhead; ++i) {
      if (first + i * stride >= rows) break;
      sum += unpacked(packed[i]);
    }
  }
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
  constexpr int kThreads = 96;  // 768 columns are so many vectors
  const auto vectors = static_cast<int>(columns / kVector);
  const dim3 grid(static_cast<unsigned>((vectors + kThreads - 1) / kThreads),
                  static_cast<unsigned>(group_count(rows)));
  with_element(element, [&]<class T>(T*) {
    sum_rows_kernel<<<grid, kThreads, 0, stream>>>(static_cast<const T*>(matrix), rows, vectors,
                                                   groups);
  });
}

}  // namespace lockstep::cuda
