// SPDX-License-Identifier: Apache-2.0
// Eight neighbouring elements as floats, with one memory access of 16 bytes (two for float32).
#pragma once

#include <cuda_bf16.h>

#include "model/cuda/element.h"

namespace lockstep::cuda {

constexpr int kWidth = static_cast<int>(kVector);

struct Floats {
  float at[kWidth];
};

__device__ inline Floats zeros() { return {}; }

__device__ inline Floats load(const float* from) {
  const float4 low = reinterpret_cast<const float4*>(from)[0];
  const float4 high = reinterpret_cast<const float4*>(from)[1];
  return {{low.x, low.y, low.z, low.w, high.x, high.y, high.z, high.w}};
}

__device__ inline void store(float* to, const Floats& values) {
  const float* v = values.at;
  reinterpret_cast<float4*>(to)[0] = make_float4(v[0], v[1], v[2], v[3]);
  reinterpret_cast<float4*>(to)[1] = make_float4(v[4], v[5], v[6], v[7]);
}

// Eight elements as they are in memory: half the registers, for bfloat16.
__device__ inline Floats load_packed(const float* from) { return load(from); }
__device__ inline uint4 load_packed(const __nv_bfloat16* from) {
  return *reinterpret_cast<const uint4*>(from);
}

template <class T>
using Packed = decltype(load_packed(static_cast<const T*>(nullptr)));

__device__ inline void store_packed(float* to, const Floats& packed) { store(to, packed); }
__device__ inline void store_packed(__nv_bfloat16* to, const uint4& packed) {
  *reinterpret_cast<uint4*>(to) = packed;
}

__device__ inline Floats unpacked(const Floats& packed) { return packed; }
__device__ inline Floats unpacked(const uint4& packed) {
  Floats values;
  const unsigned words[] = {packed.x, packed.y, packed.z, packed.w};
#pragma unroll
  for (int i = 0; i < 4; ++i) {  // a bfloat16 is the upper half of a float
    values.at[2 * i] = __uint_as_float(words[i] << 16);
    values.at[2 * i + 1] = __uint_as_float(words[i] & 0xffff0000U);
  }
  return values;
}

__device__ inline Floats load(const __nv_bfloat16* from) { return unpacked(load_packed(from)); }

__device__ inline unsigned pack(float low, float high) {
  const __nv_bfloat162 pair = __floats2bfloat162_rn(low, high);
  return *reinterpret_cast<const unsigned*>(&pair);
}

__device__ inline void store(__nv_bfloat16* to, const Floats& values) {
  const float* v = values.at;
  *reinterpret_cast<uint4*>(to) =
      make_uint4(pack(v[0], v[1]), pack(v[2], v[3]), pack(v[4], v[5]), pack(v[6], v[7]));
}

// The values as they will be read back after a store().
__device__ inline Floats rounded(const float*, const Floats& values) { return values; }
__device__ inline Floats rounded(const __nv_bfloat16*, const Floats& values) {
  Floats result;
#pragma unroll
  for (int i = 0; i < kWidth; ++i)
    result.at[i] = __bfloat162float(__float2bfloat16_rn(values.at[i]));
  return result;
}

__device__ inline Floats& operator+=(Floats& sum, const Floats& other) {
#pragma unroll
  for (int i = 0; i < kWidth; ++i) sum.at[i] += other.at[i];
  return sum;
}

// Runs `launch` with a null pointer of the type of the elements.
template <class Launch>
void with_element(Element element, Launch launch) {
  if (element == Element::bfloat16)
    launch(static_cast<__nv_bfloat16*>(nullptr));
  else
    launch(static_cast<float*>(nullptr));
}

}  // namespace lockstep::cuda
