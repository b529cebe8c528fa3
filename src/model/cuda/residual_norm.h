// SPDX-License-Identifier: Apache-2.0
// The seam between two sublayers of a pre-norm transformer as one pass over the rows:
//   sum = x + dropout(branch + bias),  normal = LayerNorm(sum) x weight + shift
// (LayerNorm: Ba et al. 2016). Widths up to kWidestNorm.
#pragma once

#include "model/cuda/element.h"

namespace lockstep::cuda {

inline constexpr std::int64_t kWidestNorm = 2048;

struct RowShape {
  std::int64_t rows = 0;
  std::int64_t columns = 0;
};

// All [rows, columns] in the element's type, [columns] and [rows] in float32. Null where there is
// none: branch and bias (then sum is x, and is not written), shift.
struct ResidualNorm {
  const void* x = nullptr;
  const void* branch = nullptr;
  const float* bias = nullptr;
  const float* weight = nullptr;
  const float* shift = nullptr;
  double eps = 1e-5;
  Dropout dropout;
  void* sum = nullptr;
  void* normal = nullptr;
  float* mean = nullptr;          // of each row of the sum
  float* inverse_root = nullptr;  // 1 / sqrt(variance + eps)
};
void residual_norm(Element element, const RowShape& shape, const ResidualNorm& norm, Stream stream);

struct ResidualNormBackward {
  const void* grad_sum = nullptr;  // null: nothing but the norm has used the sum
  const void* grad_normal = nullptr;
  const void* sum = nullptr;
  const float* weight = nullptr;
  const float* mean = nullptr;
  const float* inverse_root = nullptr;
  Dropout dropout;
  void* grad_x = nullptr;
  void* grad_branch = nullptr;  // null: it is not wanted, or is grad_x, where nothing is dropped
  // [residual_norm_groups(rows), 3, columns] float32: sums over groups of rows, for weight, shift
  // and bias.
  float* groups = nullptr;
};
std::int64_t residual_norm_groups(std::int64_t rows);
void residual_norm_backward(Element element, const RowShape& shape,
                            const ResidualNormBackward& norm, Stream stream);

}  // namespace lockstep::cuda
