// SPDX-License-Identifier: Apache-2.0
#include <cub/device/device_radix_sort.cuh>
#include <string>

#include "base/error.h"
#include "model/cuda/dropout.cuh"
#include "model/cuda/embedding.h"
#include "model/cuda/vectors.cuh"

namespace lockstep::cuda {
namespace {

constexpr int kColumnThreads = 32;  // of a block, a vector each
constexpr int kRowThreads = 8;
constexpr std::size_t kAlignment = 256;

template <class T>
__global__ void forward_kernel(EmbeddingShape shape, int vectors, const std::int64_t* ids,
                               const float* token_weight, const float* position_weight, Mask mask,
                               T* result) {
  const std::int64_t at = static_cast<std::int64_t>(blockIdx.x) * blockDim.x + threadIdx.x;
  const std::int64_t row = at / vectors;
  if (row >= shape.sequences * shape.tokens) return;
  const std::int64_t column = at % vectors * kWidth;
  Floats values = load(token_weight + ids[row] * shape.columns + column);
  values += load(position_weight + row % shape.tokens * shape.columns + column);
  mask.apply(static_cast<std::uint64_t>(at), values);
  store(result + at * kWidth, values);
}

// The gradient of one vector of one row, before the dropout.
template <class T>
__device__ Floats gradient_at(const T* grad_result, std::int64_t at, const Mask& mask) {
  Floats values = load(grad_result + at * kWidth);
  mask.apply(static_cast<std::uint64_t>(at), values);
  return values;
}

template <class T>
__global__ void position_kernel(EmbeddingShape shape, int vectors, const T* grad_result, Mask mask,
                                float* gradient, bool adds) {
  const std::int64_t at = static_cast<std::int64_t>(blockIdx.x) * blockDim.x + threadIdx.x;
  const std::int64_t in_sequence = shape.tokens * vectors;
  if (at >= in_sequence) return;
  Floats sum = adds ? load(gradient + at * kWidth) : zeros();
  for (std::int64_t b = 0; b < shape.sequences; ++b)
    sum += gradient_at(grad_result, b * in_sequence + at, mask);
  store(gradient + at * kWidth, sum);
}

__global__ void number_kernel(const std::int64_t* ids, int count, int* keys, int* rows) {
  const int i = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
  if (i >= count) return;
  keys[i] = static_cast<int>(ids[i]);
  rows[i] = i;
}

// A block for each row of the sorted list and 32 vectors; it has work where a new token begins.
template <class T>
__global__ void token_kernel(const int* keys, const int* rows, int count, int vectors,
                             const T* grad_result, Mask mask, float* gradient) {
  const int first = static_cast<int>(blockIdx.x);
  const int token = keys[first];
  if (first > 0 && keys[first - 1] == token) return;
  __shared__ Floats parts[kRowThreads][kColumnThreads];
  const int vector = static_cast<int>(blockIdx.y * kColumnThreads + threadIdx.x);
  Floats sum = zeros();
  if (vector < vectors)
    for (int i = first + static_cast<int>(threadIdx.y); i < count && keys[i] == token;
         i += kRowThreads)
      sum += gradient_at(grad_result, static_cast<std::int64_t>(rows[i]) * vectors + vector, mask);
  parts[threadIdx.y][threadIdx.x] = sum;
  __syncthreads();
  if (threadIdx.y != 0 || vector >= vectors) return;
  for (int i = 1; i < kRowThreads; ++i) sum += parts[i][threadIdx.x];
  float* const place = gradient + (static_cast<std::int64_t>(token) * vectors + vector) * kWidth;
  Floats total = load(place);
  total += sum;
  store(place, total);
}

// Where the parts of the workspace are: keys and rows, twice each, and what the sort needs.
struct Workspace {
  int* keys = nullptr;
  int* rows = nullptr;
  int* sorted_keys = nullptr;
  int* sorted_rows = nullptr;
  void* sort = nullptr;
  std::size_t sort_bytes = 0;
  std::size_t bytes = 0;
};

void must_succeed(cudaError_t status) {
  if (status != cudaSuccess)
    throw Error(ErrorKind::internal,
                std::string("sorting tokens on the GPU: ") + cudaGetErrorString(status));
}

int bits_of(std::int64_t vocabulary) {
  int bits = 1;
  while ((std::int64_t{1} << bits) < vocabulary) ++bits;
  return bits;
}

Workspace workspace_at(char* start, const EmbeddingShape& shape) {
  const auto count = static_cast<int>(shape.sequences * shape.tokens);
  const auto aligned = [](std::size_t bytes) {
    return (bytes + kAlignment - 1) / kAlignment * kAlignment;
  };
  const std::size_t list = aligned(static_cast<std::size_t>(count) * sizeof(int));
  Workspace space;
  const auto list_at = [&](std::size_t index) {
    return reinterpret_cast<int*>(start + index * list);
  };
  space.keys = list_at(0);
  space.rows = list_at(1);
  space.sorted_keys = list_at(2);
  space.sorted_rows = list_at(3);
  space.sort = start + 4 * list;
  must_succeed(cub::DeviceRadixSort::SortPairs(nullptr, space.sort_bytes, space.keys,
                                               space.sorted_keys, space.rows, space.sorted_rows,
                                               count, 0, bits_of(shape.vocabulary)));
  space.bytes = 4 * list + aligned(space.sort_bytes);
  return space;
}

unsigned blocks_for(std::int64_t threads, int of_block) {
  return static_cast<unsigned>((threads + of_block - 1) / of_block);
}

}  // namespace

void embedding(Element element, const EmbeddingShape& shape, const std::int64_t* ids,
               const float* token_weight, const float* position_weight, const Dropout& dropout,
               void* result, Stream stream) {
  constexpr int kThreads = 256;
  const auto vectors = static_cast<int>(shape.columns / kVector);
  const unsigned blocks = blocks_for(shape.sequences * shape.tokens * vectors, kThreads);
  with_element(element, [&]<class T>(T*) {
    forward_kernel<<<blocks, kThreads, 0, stream>>>(shape, vectors, ids, token_weight,
                                                    position_weight, mask_of(dropout),
                                                    static_cast<T*>(result));
  });
}

std::size_t embedding_workspace(const EmbeddingShape& shape) {
  return workspace_at(nullptr, shape).bytes;
}

void embedding_backward(Element element, const EmbeddingShape& shape, const std::int64_t* ids,
                        const void* grad_result, const Dropout& dropout, float* token_gradient,
                        float* position_gradient, bool adds_positions, void* workspace,
                        Stream stream) {
  constexpr int kThreads = 128;
  const auto vectors = static_cast<int>(shape.columns / kVector);
  const auto count = static_cast<int>(shape.sequences * shape.tokens);
  Workspace space = workspace_at(static_cast<char*>(workspace), shape);
  number_kernel<<<blocks_for(count, kThreads), kThreads, 0, stream>>>(ids, count, space.keys,
                                                                      space.rows);
  must_succeed(cub::DeviceRadixSort::SortPairs(space.sort, space.sort_bytes, space.keys,
                                               space.sorted_keys, space.rows, space.sorted_rows,
                                               count, 0, bits_of(shape.vocabulary), stream));
  const dim3 grid(static_cast<unsigned>(count), blocks_for(vectors, kColumnThreads));
  with_element(element, [&]<class T>(T*) {
    const T* const grad = static_cast<const T*>(grad_result);
    position_kernel<<<blocks_for(shape.tokens * vectors, kThreads), kThreads, 0, stream>>>(
        shape, vectors, grad, mask_of(dropout), position_gradient, adds_positions);
    token_kernel<<<grid, dim3(kColumnThreads, kRowThreads), 0, stream>>>(
        space.sorted_keys, space.sorted_rows, count, vectors, grad, mask_of(dropout),
        token_gradient);
  });
}

}  // namespace lockstep::cuda
