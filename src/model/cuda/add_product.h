// SPDX-License-Identifier: Apache-2.0
// The gradient of a matrix: a product that is added to float32, whatever its factors are.
#pragma once

#include <ATen/core/Tensor.h>

namespace lockstep::cuda {

// Adds left^T x right, in float32, to `sum` [left's columns, right's columns], or replaces it.
void add_product(const at::Tensor& left_NM, const at::Tensor& right_NK, at::Tensor sum_MK,
                 bool adds);

}  // namespace lockstep::cuda
