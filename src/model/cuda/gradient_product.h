// SPDX-License-Identifier: Apache-2.0
// The gradient of a matrix: a product in float32, whatever its factors are.
#pragma once

#include <ATen/core/Tensor.h>

namespace lockstep::cuda {

// `place` [left's columns, right's columns], float32, becomes left^T x right.
void gradient_product(const at::Tensor& left_NM, const at::Tensor& right_NK, at::Tensor place_MK);

}  // namespace lockstep::cuda
