// SPDX-License-Identifier: Apache-2.0
#include <cub/device/device_radix_sort.cuh>
#include <string>

#include "base/error.h"
#include "model/cuda/dropout.cuh"
#include "model/cuda/embedding.h"
#include "model/cuda/vectors.cuh"

namespace lockstep::cuda {
namespace {

constexpr int kVectorThreads = 32;  // of a block, a vector each
constexpr int kPieceThreads = 4;    // of a block, a piece each
constexpr int kPiece = 16;          // rows of the sorted list
constexpr int kAhead = 8;           // reads that are on their way at once
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
  mask.apply(mask.read_key(), static_cast<std::uint64_t>(at), values);
  store(result + at * kWidth, values);
}

template <class T>
__global__ void position_kernel(EmbeddingShape shape, int vectors, const T* grad_result, Mask mask,
                                float* gradient) {
  const std::int64_t at = static_cast<std::int64_t>(blockIdx.x) * blockDim.x + threadIdx.x;
  const std::int64_t in_sequence = shape.tokens * vectors;
  if (at >= in_sequence) return;
  const std::uint64_t key = mask.read_key();
  Floats sum = zeros();
  for (std::int64_t first = 0; first < shape.sequences; first += kAhead) {
    Packed<T> packed[kAhead];
#pragma unroll
    for (int i = 0; i < kAhead; ++i) {
      if (first + i >= shape.sequences) break;
      packed[i] = load_packed(grad_result + ((first + i) * in_sequence + at) * kWidth);
    }
#pragma unroll
    for (int i = 0; i < kAhead; ++i) {
      if (first + i >= shape.sequences) break;
      Floats values = unpacked(packed[i]);
      mask.apply(key, static_cast<std::uint64_t>((first + i) * in_sequence + at), values);
      sum += values;
    }
  }
  store(gradient + at * kWidth, sum);
}

__global__ void number_kernel(const std::int64_t* ids, int count, int* tokens, int* rows) {
  const int i = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
  if (i >= count) return;
  tokens[i] = static_cast<int>(ids[i]);
  rows[i] = i;
}

// The rows of a batch in the order of their tokens, and what pieces of that list leave of tokens
// that reach beyond them: [pieces, 2, columns], first of the one that the piece before has begun,
// then of the one that it begins and does not end.
struct SortedRows {
  const int* tokens;
  const int* rows;
  int count;
  float* parts;
};

// Where a vector is in an array of rows.
__device__ std::int64_t place_of(std::int64_t row, int vectors, int vector) {
  return (row * vectors + vector) * kWidth;
}

__device__ int piece_of_thread() {
  return static_cast<int>(blockIdx.x * kPieceThreads + threadIdx.y);
}
__device__ int vector_of_thread() {
  return static_cast<int>(blockIdx.y * kVectorThreads + threadIdx.x);
}

__device__ void add_to(float* place, const Floats& sum) {
  Floats total = load(place);
  total += sum;
  store(place, total);
}

// A thread adds up one vector of the rows of a piece.
template <class T>
__global__ void piece_kernel(SortedRows sorted, int vectors, const T* grad_result, Mask mask,
                             float* gradient) {
  const int piece = piece_of_thread();
  const int vector = vector_of_thread();
  const int first = piece * kPiece;
  if (first >= sorted.count || vector >= vectors) return;
  const int last = min(first + kPiece, sorted.count);
  const std::uint64_t key = mask.read_key();
  const int before = first > 0 ? sorted.tokens[first - 1] : -1;
  Floats sum = zeros();
  for (int start = first; start < last; start += kAhead) {
    std::int64_t places[kAhead];
    Packed<T> packed[kAhead];
#pragma unroll
    for (int i = 0; i < kAhead; ++i) {
      if (start + i >= last) break;
      places[i] = static_cast<std::int64_t>(sorted.rows[start + i]) * vectors + vector;
      packed[i] = load_packed(grad_result + places[i] * kWidth);
    }
#pragma unroll
    for (int i = 0; i < kAhead; ++i) {
      const int at = start + i;
      if (at >= last) break;
      Floats values = unpacked(packed[i]);
      mask.apply(key, static_cast<std::uint64_t>(places[i]), values);
      sum += values;
      const int token = sorted.tokens[at];
      const bool continues = at + 1 < sorted.count && sorted.tokens[at + 1] == token;
      if (continues && at + 1 < last) continue;
      if (!continues && token != before)
        add_to(gradient + place_of(token, vectors, vector), sum);
      else
        store(sorted.parts +
                  place_of(std::int64_t{2} * piece + (token == before ? 0 : 1), vectors, vector),
              sum);
      sum = zeros();
    }
  }
}

// A thread adds up what the pieces have left of one vector of the token that its piece begins.
__global__ void join_kernel(SortedRows sorted, int vectors, float* gradient) {
  const int piece = piece_of_thread();
  const int vector = vector_of_thread();
  const int first = piece * kPiece;
  const int next = first + kPiece;  // of the next piece
  if (next >= sorted.count || vector >= vectors) return;
  const int token = sorted.tokens[next - 1];
  const bool is_begun_here = first == 0 || sorted.tokens[first - 1] != token;
  if (!is_begun_here || sorted.tokens[next] != token) return;
  const std::int64_t stride = static_cast<std::int64_t>(vectors) * kWidth;
  const float* part = sorted.parts + (piece * 2 + 1) * stride + vector * kWidth;
  Floats sum = load(part);
  part += stride;
  bool goes_on = true;
  for (int start = next; goes_on && start < sorted.count; start += kAhead * kPiece) {
    Floats values[kAhead];
    bool is_of_token[kAhead];
#pragma unroll
    for (int i = 0; i < kAhead; ++i) {
      const bool is_there = start + i * kPiece < sorted.count;
      is_of_token[i] = is_there && sorted.tokens[start + i * kPiece] == token;
      values[i] = is_there ? load(part + i * 2 * stride) : zeros();
    }
#pragma unroll
    for (int i = 0; i < kAhead; ++i)
      if (is_of_token[i]) sum += values[i];
    goes_on = is_of_token[kAhead - 1];
    part += kAhead * 2 * stride;
  }
  add_to(gradient + place_of(token, vectors, vector), sum);
}

// Where the parts of the workspace are: tokens and rows, twice each, what pieces leave, and what
// the sort needs.
struct Workspace {
  int* tokens = nullptr;
  int* rows = nullptr;
  int* sorted_tokens = nullptr;
  int* sorted_rows = nullptr;
  float* parts = nullptr;
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

unsigned blocks_for(std::int64_t threads, int of_block) {
  return static_cast<unsigned>((threads + of_block - 1) / of_block);
}

int rows_of(const EmbeddingShape& shape) {
  return static_cast<int>(shape.sequences * shape.tokens);
}

unsigned pieces_of(const EmbeddingShape& shape) { return blocks_for(rows_of(shape), kPiece); }

// Sorts with the memory at `sort`, or, if that is null, sets `bytes` to what it needs.
void sort(void* sort, std::size_t& bytes, const Workspace& space, const EmbeddingShape& shape,
          Stream stream) {
  must_succeed(cub::DeviceRadixSort::SortPairs(sort, bytes, space.tokens, space.sorted_tokens,
                                               space.rows, space.sorted_rows, rows_of(shape), 0,
                                               bits_of(shape.vocabulary), stream));
}

Workspace workspace_at(char* start, const EmbeddingShape& shape) {
  Workspace space;
  const auto take = [&](std::size_t bytes) {
    char* const place = start != nullptr ? start + space.bytes : nullptr;
    space.bytes += (bytes + kAlignment - 1) / kAlignment * kAlignment;
    return place;
  };
  const std::size_t list = static_cast<std::size_t>(rows_of(shape)) * sizeof(int);
  for (int** const place : {&space.tokens, &space.rows, &space.sorted_tokens, &space.sorted_rows})
    *place = reinterpret_cast<int*>(take(list));
  space.parts = reinterpret_cast<float*>(take(
      std::size_t{2} * pieces_of(shape) * static_cast<std::size_t>(shape.columns) * sizeof(float)));
  sort(nullptr, space.sort_bytes, space, shape, nullptr);
  space.sort = take(space.sort_bytes);
  return space;
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

void sort_tokens(const EmbeddingShape& shape, const std::int64_t* ids, void* workspace,
                 Stream stream) {
  constexpr int kThreads = 128;
  Workspace space = workspace_at(static_cast<char*>(workspace), shape);
  const int count = rows_of(shape);
  number_kernel<<<blocks_for(count, kThreads), kThreads, 0, stream>>>(ids, count, space.tokens,
                                                                      space.rows);
  sort(space.sort, space.sort_bytes, space, shape, stream);
}

void embedding_backward(Element element, const EmbeddingShape& shape, const void* grad_result,
                        const Dropout& dropout, float* token_gradient, float* position_gradient,
                        void* workspace, Stream stream) {
  constexpr int kThreads = 128;
  const auto vectors = static_cast<int>(shape.columns / kVector);
  const Workspace space = workspace_at(static_cast<char*>(workspace), shape);
  const SortedRows sorted{.tokens = space.sorted_tokens,
                          .rows = space.sorted_rows,
                          .count = rows_of(shape),
                          .parts = space.parts};
  const dim3 block(kVectorThreads, kPieceThreads);
  const dim3 grid(blocks_for(pieces_of(shape), kPieceThreads), blocks_for(vectors, kVectorThreads));
  with_element(element, [&]<class T>(T*) {
    const T* const grad = static_cast<const T*>(grad_result);
    position_kernel<<<blocks_for(shape.tokens * vectors, kThreads), kThreads, 0, stream>>>(
        shape, vectors, grad, mask_of(dropout), position_gradient);
    piece_kernel<<<grid, block, 0, stream>>>(sorted, vectors, grad, mask_of(dropout),
                                             token_gradient);
  });
  join_kernel<<<grid, block, 0, stream>>>(sorted, vectors, token_gradient);
}

}  // namespace lockstep::cuda
