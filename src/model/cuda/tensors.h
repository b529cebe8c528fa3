// SPDX-License-Identifier: Apache-2.0
// From tensors to the arguments of kernels. For the files of this folder.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "device/kernel_launch.h"
#include "model/cuda/beside.h"
#include "model/cuda/element.h"
#include "model/cuda/gradient_product.h"
#include "model/node.h"
#include "model/parameters.h"

namespace lockstep::cuda {

Element element_of(const at::Tensor& tensor);

// As kernels take an optional vector of float32: null if it is undefined.
const float* floats_or_null(const at::Tensor& tensor);

// The gradient of a bias, where there is one: the sums of `groups` (column_sum.h).
void group_sums_into(const at::Tensor& groups, const Parameter& bias);
// The same from the rows of `grad_NM`.
void row_sums_into(const at::Tensor& grad_NM, const Parameter& bias);

}  // namespace lockstep::cuda
