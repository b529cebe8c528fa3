// SPDX-License-Identifier: Apache-2.0
#include "model/cuda/column_sum.h"
#include "model/cuda/dropout.cuh"
#include "model/cuda/residual_norm.h"
#include "model/cuda/vectors.cuh"
#include "model/cuda/warp.cuh"

namespace lockstep::cuda {
namespace {

// A warp works on a row, a lane on every 32nd vector of it.
constexpr int kWarps = 4;
constexpr int kBlocks = 3;  // of the backward pass, at once on a multiprocessor
// Nearly as many blocks of the backward pass as the 132 multiprocessors of an H100 have at once:
// for one more than fit there, all others would wait.
constexpr std::int64_t kMostNormGroups = 384;

__device__ float total(const Floats& values) {
  float sum = 0.0F;
#pragma unroll
  for (const float value : values.at) sum += value;
  return sum;
}

// kVectors: vectors of a lane. `vectors`: of a row.
template <class T, int kVectors>
__global__ void forward_kernel(ResidualNorm norm, Mask mask, std::int64_t rows, int vectors) {
  const std::int64_t row = static_cast<std::int64_t>(blockIdx.x) * kWarps + threadIdx.y;
  if (row >= rows) return;
  const int lane = static_cast<int>(threadIdx.x);
  const T* const x = static_cast<const T*>(norm.x);
  const T* const branch = static_cast<const T*>(norm.branch);
  T* const sums = static_cast<T*>(norm.sum);
  const std::uint64_t key = mask.read_key();
  // All reads are on their way before the first of them is waited for.
  using Packed = decltype(load_packed(x));
  Packed packed_x[kVectors];
  Packed packed_branch[kVectors];
#pragma unroll
  for (int i = 0; i < kVectors; ++i) {
    const int vector = lane + i * kLanes;
    const std::int64_t at = (row * vectors + vector) * kWidth;
    packed_x[i] = packed_branch[i] = Packed{};
    if (vector >= vectors) continue;
    packed_x[i] = load_packed(x + at);
    if (branch != nullptr) packed_branch[i] = load_packed(branch + at);
  }
  Floats values[kVectors];
  float part = 0.0F;
#pragma unroll
  for (int i = 0; i < kVectors; ++i) {
    const int vector = lane + i * kLanes;
    values[i] = unpacked(packed_x[i]);
    if (vector >= vectors) continue;
    const std::int64_t at = row * vectors + vector;
    if (branch != nullptr) {
      Floats added = unpacked(packed_branch[i]);
      if (norm.bias != nullptr) added += load(norm.bias + vector * kWidth);
      mask.apply(key, static_cast<std::uint64_t>(at), added);
      values[i] += added;
      values[i] = rounded(sums, values[i]);
      store(sums + at * kWidth, values[i]);
    }
    part += total(values[i]);
  }
  const auto columns = static_cast<float>(vectors * kWidth);
  const float mean = sum_over_lanes(part) / columns;
  float squares = 0.0F;
#pragma unroll
  for (int i = 0; i < kVectors; ++i) {
    if (lane + i * kLanes >= vectors) continue;
#pragma unroll
    for (const float value : values[i].at) squares += (value - mean) * (value - mean);
  }
  const float variance = sum_over_lanes(squares) / columns;
  const float inverse_root = 1.0F / sqrtf(variance + static_cast<float>(norm.eps));
  if (lane == 0) {
    norm.mean[row] = mean;
    norm.inverse_root[row] = inverse_root;
  }
#pragma unroll
  for (int i = 0; i < kVectors; ++i) {
    const int vector = lane + i * kLanes;
    if (vector >= vectors) continue;
    const Floats weight = load(norm.weight + vector * kWidth);
    const Floats shift = norm.shift != nullptr ? load(norm.shift + vector * kWidth) : zeros();
#pragma unroll
    for (int k = 0; k < kWidth; ++k)
      values[i].at[k] = (values[i].at[k] - mean) * inverse_root * weight.at[k] + shift.at[k];
    store(static_cast<T*>(norm.normal) + (row * vectors + vector) * kWidth, values[i]);
  }
}

// The sums over the rows of a warp: of weight, shift and bias.
template <int kVectors>
struct RowSums {
  Floats of[3][kVectors];
};

// Adds up the sums of a block's warps, one third after the other, and leaves them in `groups`.
template <int kVectors>
__device__ void leave_sums(const RowSums<kVectors>& sums, int vectors, float* groups) {
  extern __shared__ __align__(16) float shared[];  // [kWarps][vectors x kWidth]
  const int columns = vectors * kWidth;
  for (int which = 0; which < 3; ++which) {
    __syncthreads();
#pragma unroll
    for (int i = 0; i < kVectors; ++i) {
      const int vector = static_cast<int>(threadIdx.x) + i * kLanes;
      if (vector < vectors)
        store(shared + threadIdx.y * columns + vector * kWidth, sums.of[which][i]);
    }
    __syncthreads();
    for (int c = static_cast<int>(threadIdx.y * kLanes + threadIdx.x); c < columns;
         c += kWarps * kLanes) {
      float sum = shared[c];
      for (int warp = 1; warp < kWarps; ++warp) sum += shared[warp * columns + c];
      groups[(static_cast<std::int64_t>(blockIdx.x) * 3 + which) * columns + c] = sum;
    }
  }
}

template <class T, int kVectors>
__global__ void __launch_bounds__(kLanes* kWarps, kVectors <= 3 ? kBlocks : 1)
    backward_kernel(ResidualNormBackward norm, Mask mask, std::int64_t rows, int vectors) {
  const int lane = static_cast<int>(threadIdx.x);
  const T* const grad_sum = static_cast<const T*>(norm.grad_sum);
  const T* const grad_normal = static_cast<const T*>(norm.grad_normal);
  const T* const sums = static_cast<const T*>(norm.sum);
  T* const grad_x = static_cast<T*>(norm.grad_x);
  T* const grad_branch = static_cast<T*>(norm.grad_branch);
  const auto columns = static_cast<float>(vectors * kWidth);
  const std::uint64_t key = mask.read_key();
  RowSums<kVectors> row_sums = {};
  for (std::int64_t row = static_cast<std::int64_t>(blockIdx.x) * kWarps + threadIdx.y; row < rows;
       row += static_cast<std::int64_t>(gridDim.x) * kWarps) {
    const float mean = norm.mean[row];
    const float inverse_root = norm.inverse_root[row];
    using Packed = decltype(load_packed(sums));
    Packed packed_sum[kVectors];
    Packed packed_normal[kVectors];  // its gradient
    Packed packed_grad[kVectors];    // of the sum
#pragma unroll
    for (int i = 0; i < kVectors; ++i) {
      const int vector = lane + i * kLanes;
      const std::int64_t at = (row * vectors + vector) * kWidth;
      packed_sum[i] = packed_normal[i] = packed_grad[i] = Packed{};
      if (vector >= vectors) continue;
      packed_sum[i] = load_packed(sums + at);
      packed_normal[i] = load_packed(grad_normal + at);
      if (grad_sum != nullptr) packed_grad[i] = load_packed(grad_sum + at);
    }
    float upstream_part = 0.0F;
    float product_part = 0.0F;
#pragma unroll
    for (int i = 0; i < kVectors; ++i) {
      const int vector = lane + i * kLanes;
      if (vector >= vectors) continue;
      const Floats weight = load(norm.weight + vector * kWidth);
      const Floats sum = unpacked(packed_sum[i]);
      const Floats upstream = unpacked(packed_normal[i]);
#pragma unroll
      for (int k = 0; k < kWidth; ++k) {
        const float normal = (sum.at[k] - mean) * inverse_root;
        row_sums.of[0][i].at[k] += upstream.at[k] * normal;
        row_sums.of[1][i].at[k] += upstream.at[k];
        upstream_part += upstream.at[k] * weight.at[k];
        product_part += upstream.at[k] * weight.at[k] * normal;
      }
    }
    const float upstream_mean = sum_over_lanes(upstream_part) / columns;
    const float product_mean = sum_over_lanes(product_part) / columns;
#pragma unroll
    for (int i = 0; i < kVectors; ++i) {
      const int vector = lane + i * kLanes;
      if (vector >= vectors) continue;
      const std::int64_t at = row * vectors + vector;
      const Floats weight = load(norm.weight + vector * kWidth);
      const Floats sum = unpacked(packed_sum[i]);
      const Floats upstream = unpacked(packed_normal[i]);
      Floats grad = unpacked(packed_grad[i]);
#pragma unroll
      for (int k = 0; k < kWidth; ++k) {
        const float normal = (sum.at[k] - mean) * inverse_root;
        grad.at[k] +=
            inverse_root * (upstream.at[k] * weight.at[k] - upstream_mean - normal * product_mean);
      }
      store(grad_x + at * kWidth, grad);
      mask.apply(key, static_cast<std::uint64_t>(at), grad);
      if (grad_branch != nullptr) store(grad_branch + at * kWidth, grad);
      row_sums.of[2][i] += grad;
    }
  }
  leave_sums(row_sums, vectors, norm.groups);
}

// Runs `launch` with the number of vectors of a lane as a type.
template <int kVectors>
struct Vectors {};

template <class Launch>
void with_vectors(int vectors, Launch launch) {
  switch ((vectors + kLanes - 1) / kLanes) {
    case 1: return launch(Vectors<1>{});
    case 2: return launch(Vectors<2>{});
    case 3: return launch(Vectors<3>{});
    case 4: return launch(Vectors<4>{});
    case 5: return launch(Vectors<5>{});
    case 6: return launch(Vectors<6>{});
    case 7: return launch(Vectors<7>{});
    default: return launch(Vectors<8>{});
  }
}
static_assert(kWidestNorm == 8 * kLanes * kWidth);

}  // namespace

std::int64_t residual_norm_groups(std::int64_t rows) { return group_count(rows, kMostNormGroups); }

void residual_norm(Element element, const RowShape& shape, const ResidualNorm& norm,
                   Stream stream) {
  const auto vectors = static_cast<int>(shape.columns / kVector);
  const auto blocks = static_cast<unsigned>((shape.rows + kWarps - 1) / kWarps);
  with_element(element, [&]<class T>(T*) {
    with_vectors(vectors, [&]<int kVectors>(Vectors<kVectors>) {
      forward_kernel<T, kVectors><<<blocks, dim3(kLanes, kWarps), 0, stream>>>(
          norm, mask_of(norm.dropout), shape.rows, vectors);
    });
  });
}

void residual_norm_backward(Element element, const RowShape& shape,
                            const ResidualNormBackward& norm, Stream stream) {
  const auto vectors = static_cast<int>(shape.columns / kVector);
  const auto blocks = static_cast<unsigned>(residual_norm_groups(shape.rows));
  const auto shared = static_cast<unsigned>(kWarps * shape.columns) * sizeof(float);
  with_element(element, [&]<class T>(T*) {
    with_vectors(vectors, [&]<int kVectors>(Vectors<kVectors>) {
      backward_kernel<T, kVectors><<<blocks, dim3(kLanes, kWarps), shared, stream>>>(
          norm, mask_of(norm.dropout), shape.rows, vectors);
    });
  });
}

}  // namespace lockstep::cuda
