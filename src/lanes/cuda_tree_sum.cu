// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <string>

#include "base/error.h"
#include "base/sentence.h"
#include "lanes/cuda_tree_sum.h"

namespace lockstep::cuda {
namespace {

constexpr int kThreads = 256;
constexpr int kVector = 4;
constexpr int kFewSources = 8;
constexpr int kMostSources = 1024;
constexpr unsigned kBitsOfAWord = 32;

// How high the stack may become: a higher one costs registers. Its height follows from the lanes
// and not from the sources alone: where a rank's lanes are no subtree, it has nodes of all sizes.
// Eight lanes need 4 at most, 1,024 need 11, and a million, more than a batch may have, 21.
constexpr int kLowStack = 4;
constexpr int kHighStack = 11;
constexpr int kHighestStack = 22;

// Passed to a kernel by value: it lies in the constant memory, where all threads read the same.
template <int kSources>
struct Tree {
  const float* sources[kSources];
  unsigned takes[(2 * kSources) / kBitsOfAWord + 1];  // a bit for each move: take, else add
  int moves;
};

__device__ inline float4 operator+(const float4& one, const float4& other) {
  return make_float4(one.x + other.x, one.y + other.y, one.z + other.z, one.w + other.w);
}

__device__ inline float at(const float* source, std::int64_t i, float) { return source[i]; }
__device__ inline float4 at(const float* source, std::int64_t i, float4) {
  return reinterpret_cast<const float4*>(source)[i];
}

// The stack is in registers: what is put onto it shifts the rest.
template <class Value, int kSources, int kDepth>
__device__ Value sum_at(const Tree<kSources>& tree, std::int64_t i) {
  Value stack[kDepth];
  int next = 0;
  for (int move = 0; move < tree.moves; ++move) {
    if ((tree.takes[move / kBitsOfAWord] >> (move % kBitsOfAWord) & 1U) != 0) {
#pragma unroll
      for (int k = kDepth - 1; k > 0; --k) stack[k] = stack[k - 1];
      stack[0] = at(tree.sources[next++], i, Value());
    } else {
      stack[0] = stack[1] + stack[0];
#pragma unroll
      for (int k = 1; k < kDepth - 1; ++k) stack[k] = stack[k + 1];
    }
  }
  return stack[0];
}

template <int kSources, int kDepth>
__global__ void tree_sum_kernel(const __grid_constant__ Tree<kSources> tree, float* destination,
                                std::int64_t vectors, std::int64_t count) {
  const std::int64_t i = static_cast<std::int64_t>(blockIdx.x) * kThreads + threadIdx.x;
  if (i < vectors) {
    reinterpret_cast<float4*>(destination)[i] = sum_at<float4, kSources, kDepth>(tree, i);
    return;
  }
  const std::int64_t element = vectors * kVector + (i - vectors);
  if (element < count) destination[element] = sum_at<float, kSources, kDepth>(tree, element);
}

bool is_aligned(const float* pointer) {
  return reinterpret_cast<std::uintptr_t>(pointer) % 16 == 0;
}

template <int kSources, int kDepth>
void launch(const TreeSum& sum, std::span<const float* const> sources, std::span<float> destination,
            CUstream_st* stream) {
  Tree<kSources> tree{};
  std::ranges::copy(sources, tree.sources);
  for (const TreeSum::Move move : sum.moves()) {
    const auto place = static_cast<unsigned>(tree.moves++);
    if (move == TreeSum::Move::take) tree.takes[place / kBitsOfAWord] |= 1U << place % kBitsOfAWord;
  }
  const auto count = static_cast<std::int64_t>(destination.size());
  const bool is_fast = is_aligned(destination.data()) && std::ranges::all_of(sources, is_aligned);
  const std::int64_t vectors = is_fast ? count / kVector : 0;
  const std::int64_t threads = vectors + (count - vectors * kVector);
  const auto blocks = static_cast<unsigned>((threads + kThreads - 1) / kThreads);
  tree_sum_kernel<kSources, kDepth>
      <<<blocks, kThreads, 0, stream>>>(tree, destination.data(), vectors, count);
}

}  // namespace

void add_along_tree(const TreeSum& sum, std::span<const float* const> sources,
                    std::span<float> destination, CUstream_st* stream) {
  if (destination.empty()) return;
  if (sources.size() > kMostSources || sum.depth() > kHighestStack)
    throw Error(ErrorKind::usage,
                sentence("adding gradients on a GPU: they come in {0} parts, at most {1} can be "
                         "added; use fewer --lanes or ranks",
                         {sources.size(), kMostSources}));
  const bool are_few = sources.size() <= kFewSources;
  if (are_few && sum.depth() <= kLowStack)
    launch<kFewSources, kLowStack>(sum, sources, destination, stream);
  else if (are_few)  // and so are those that wait
    launch<kFewSources, kFewSources>(sum, sources, destination, stream);
  else if (sum.depth() <= kHighStack)
    launch<kMostSources, kHighStack>(sum, sources, destination, stream);
  else
    launch<kMostSources, kHighestStack>(sum, sources, destination, stream);
  const cudaError_t status = cudaGetLastError();
  if (status != cudaSuccess)
    throw Error(ErrorKind::internal,
                std::string("adding gradients on a GPU: ") + cudaGetErrorString(status));
}

}  // namespace lockstep::cuda
