// SPDX-License-Identifier: Apache-2.0
// What CUDA's compiler and runtime give to a kernel, as far as ours use it, on the emulated GPU.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>

#include "gpu/emulated/emulated_gpu.h"

// The names are CUDA's.
// NOLINTBEGIN(bugprone-reserved-identifier,readability-identifier-naming)
#define __global__
#define __device__
#define __shared__ static
#define __grid_constant__
#define __launch_bounds__(...)

#define threadIdx ::lockstep::test::emulated::thread_index()
#define blockIdx ::lockstep::test::emulated::block_index()
#define blockDim ::lockstep::test::emulated::block_size()
#define gridDim ::lockstep::test::emulated::grid_size()
#define __syncthreads ::lockstep::test::emulated::await_block

using dim3 = lockstep::test::emulated::Dim;

struct alignas(16) float4 {
  float x, y, z, w;
};
struct alignas(16) uint4 {
  unsigned x, y, z, w;
};
struct alignas(8) uint2 {
  unsigned x, y;
};
inline float4 make_float4(float x, float y, float z, float w) { return {x, y, z, w}; }
inline uint4 make_uint4(unsigned x, unsigned y, unsigned z, unsigned w) { return {x, y, z, w}; }
inline uint2 make_uint2(unsigned x, unsigned y) { return {x, y}; }

inline float __shfl_xor_sync(unsigned, float value, int distance) {
  const std::uint64_t other = lockstep::test::emulated::exchange_in_warp(
      std::bit_cast<unsigned>(value), static_cast<unsigned>(distance));
  return std::bit_cast<float>(static_cast<unsigned>(other));
}

using std::isfinite;
using std::isnan;
inline int min(int one, int other) { return one < other ? one : other; }
inline float __expf(float x) { return std::exp(x); }
inline float __logf(float x) { return std::log(x); }
inline float __fdividef(float above, float below) { return above / below; }
inline float __uint_as_float(unsigned bits) { return std::bit_cast<float>(bits); }
inline std::uint32_t __umulhi(std::uint32_t one, std::uint32_t other) {
  return static_cast<std::uint32_t>(std::uint64_t{one} * other >> 32);
}

// What the runtime answers. Nothing fails.
using cudaError_t = int;
constexpr cudaError_t cudaSuccess = 0;
inline cudaError_t cudaGetLastError() { return cudaSuccess; }
inline const char* cudaGetErrorString(cudaError_t) { return "no error"; }

enum cudaDeviceAttr { cudaDevAttrMaxSharedMemoryPerBlockOptin };
enum cudaFuncAttribute { cudaFuncAttributeMaxDynamicSharedMemorySize };
inline cudaError_t cudaGetDevice(int* device) {
  *device = 0;
  return cudaSuccess;
}
inline cudaError_t cudaDeviceGetAttribute(int* value, cudaDeviceAttr, int) {
  *value = lockstep::test::emulated::most_shared_bytes;
  return cudaSuccess;
}
template <class Kernel>
cudaError_t cudaFuncSetAttribute(Kernel*, cudaFuncAttribute, int) {
  return cudaSuccess;
}
// NOLINTEND(bugprone-reserved-identifier,readability-identifier-naming)
