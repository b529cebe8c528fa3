// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "model/cuda/bias_gelu.h"
#include "model/cuda/column_sum.h"
#include "model/cuda/vectors.cuh"

namespace lockstep::cuda {
namespace {

constexpr int kThreads = 128;
constexpr int kRowsAtOnce = 4;          // of a thread, read before the first is computed
constexpr int kRowsAtOnceBackward = 2;  // each of two matrices
constexpr std::int64_t kMostBlocks = 65535;
constexpr float kRootOfHalf = 0.70710678118654752F;
constexpr float kDensityAtZero = 0.39894228040143268F;  // of the normal distribution

// GELU is x times a gate: how much of the normal distribution lies below x, or nearly that much.
struct Gate {
  float value, slope;
};

struct Erf {
  static __device__ Gate at(const float*, float x) {
    return {0.5F * (1.0F + erff(x * kRootOfHalf)), kDensityAtZero * expf(-0.5F * x * x)};
  }

  // With one exponential for both: formula 7.1.26 of Abramowitz and Stegun (1964), off by at most
  // 1.5e-7, where bfloat16 has steps of 4e-3.
  static __device__ Gate at(const __nv_bfloat16*, float x) {
    const float exponential = __expf(-0.5F * x * x);
    const float t = __fdividef(1.0F, 1.0F + 0.3275911F * kRootOfHalf * fabsf(x));
    const float polynomial =
        t * (0.254829592F +
             t * (-0.284496736F + t * (1.421413741F + t * (-1.453152027F + t * 1.061405429F))));
    const float beyond = 0.5F * polynomial * exponential;  // of |x|, on one side
    return {x < 0.0F ? beyond : 1.0F - beyond, kDensityAtZero * exponential};
  }
};

// Half of 1 + tanh(u) is 1 / (1 + exp(-2u)).
struct Tanh {
  static __device__ Gate at(const float*, float x) {
    return with_slope(x, 0.5F + 0.5F * tanhf(u(x)));
  }
  static __device__ Gate at(const __nv_bfloat16*, float x) {
    return with_slope(x, __fdividef(1.0F, 1.0F + __expf(-2.0F * u(x))));
  }

 private:
  static constexpr float kFactor = 0.79788456080286536F;  // the root of 2/pi
  static constexpr float kCubic = 0.044715F;

  static __device__ float u(float x) { return kFactor * (x + kCubic * x * x * x); }
  static __device__ Gate with_slope(float x, float gate) {
    return {gate, 2.0F * gate * (1.0F - gate) * kFactor * (1.0F + 3.0F * kCubic * x * x)};
  }
};

// Calls `with` with one of the two above.
template <class With>
void with_gate(GeluKind kind, const With& with) {
  if (kind == GeluKind::tanh) return with(Tanh());
  with(Erf());
}

// What is added to a vector of every row: read once, since a read after a write would wait for it.
struct Bias {
  bool is_there;
  Floats values;

  __device__ Bias(const float* bias, int vector)
      : is_there(bias != nullptr), values(is_there ? load(bias + vector * kWidth) : zeros()) {}
  // Zeros would not leave all as it is: -0 + 0 is 0.
  __device__ Floats added_to(Floats x) const {
    if (is_there) x += values;
    return x;
  }
};

template <class Gelu, class T>
__global__ void forward_kernel(const T* x, const float* bias, std::int64_t rows, int vectors,
                               T* result) {
  const int vector = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
  if (vector >= vectors) return;
  const Bias shift(bias, vector);
  const std::int64_t stride = gridDim.y;
  for (std::int64_t first = blockIdx.y; first < rows; first += kRowsAtOnce * stride) {
    Packed<T> packed[kRowsAtOnce];
#pragma unroll
    for (int i = 0; i < kRowsAtOnce; ++i) {
      const std::int64_t row = first + i * stride;
      if (row < rows) packed[i] = load_packed(x + (row * vectors + vector) * kWidth);
    }
#pragma unroll
    for (int i = 0; i < kRowsAtOnce; ++i) {
      const std::int64_t row = first + i * stride;
      if (row >= rows) break;
      Floats values = shift.added_to(unpacked(packed[i]));
#pragma unroll
      for (float& value : values.at) value *= Gelu::at(x, value).value;
      store(result + (row * vectors + vector) * kWidth, values);
    }
  }
}

template <class Gelu, class T>
__device__ void multiply_by_slope(const T* x, const Floats& values, Floats& grad) {
#pragma unroll
  for (int i = 0; i < kWidth; ++i) {
    const float value = values.at[i];
    const Gate gate = Gelu::at(x, value);
    grad.at[i] *= gate.value + value * gate.slope;
  }
}

template <class Gelu, class T>
__global__ void backward_kernel(const T* grad_result, const T* x, const float* bias,
                                std::int64_t rows, int vectors, T* grad_x, float* groups) {
  const int vector = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
  if (vector >= vectors) return;
  const Bias shift(bias, vector);
  const std::int64_t stride = gridDim.y;
  Floats sum = zeros();
  for (std::int64_t first = blockIdx.y; first < rows; first += kRowsAtOnceBackward * stride) {
    Packed<T> packed_x[kRowsAtOnceBackward];
    Packed<T> packed_grad[kRowsAtOnceBackward];
#pragma unroll
    for (int i = 0; i < kRowsAtOnceBackward; ++i) {
      const std::int64_t row = first + i * stride;
      if (row >= rows) break;
      const std::int64_t at = (row * vectors + vector) * kWidth;
      packed_x[i] = load_packed(x + at);
      packed_grad[i] = load_packed(grad_result + at);
    }
#pragma unroll
    for (int i = 0; i < kRowsAtOnceBackward; ++i) {
      const std::int64_t row = first + i * stride;
      if (row >= rows) break;
      const Floats values = shift.added_to(unpacked(packed_x[i]));
      Floats grad = unpacked(packed_grad[i]);
      multiply_by_slope<Gelu>(x, values, grad);
      store(grad_x + (row * vectors + vector) * kWidth, grad);
      sum += grad;
    }
  }
  if (groups != nullptr)
    store(groups + (static_cast<std::int64_t>(blockIdx.y) * vectors + vector) * kWidth, sum);
}

unsigned blocks_over(int vectors) {
  return static_cast<unsigned>((vectors + kThreads - 1) / kThreads);
}

}  // namespace

void bias_gelu(Element element, GeluKind kind, const void* x, const float* bias, std::int64_t rows,
               std::int64_t columns, void* result, Stream stream) {
  const auto vectors = static_cast<int>(columns / kVector);
  const std::int64_t blocks = std::min((rows + kRowsAtOnce - 1) / kRowsAtOnce, kMostBlocks);
  const dim3 grid(blocks_over(vectors), static_cast<unsigned>(blocks));
  with_element(element, [&]<class T>(T*) {
    with_gate(kind, [&]<class Gelu>(Gelu) {
      forward_kernel<Gelu><<<grid, kThreads, 0, stream>>>(static_cast<const T*>(x), bias, rows,
                                                          vectors, static_cast<T*>(result));
    });
  });
}

void bias_gelu_backward(Element element, GeluKind kind, const void* grad_result, const void* x,
                        const float* bias, std::int64_t rows, std::int64_t columns, void* grad_x,
                        float* grad_bias_groups, Stream stream) {
  const auto vectors = static_cast<int>(columns / kVector);
  const dim3 grid(blocks_over(vectors), static_cast<unsigned>(group_count(rows)));
  with_element(element, [&]<class T>(T*) {
    with_gate(kind, [&]<class Gelu>(Gelu) {
      backward_kernel<Gelu><<<grid, kThreads, 0, stream>>>(
          static_cast<const T*>(grad_result), static_cast<const T*>(x), bias, rows, vectors,
          static_cast<T*>(grad_x), grad_bias_groups);
    });
  });
}

}  // namespace lockstep::cuda
