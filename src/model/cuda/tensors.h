// SPDX-License-Identifier: Apache-2.0
// From tensors to the arguments of kernels. For the files of this folder.
#pragma once

#include <ATen/core/Tensor.h>

#include "model/cuda/element.h"
#include "model/parameters.h"

namespace lockstep::cuda {

// The stream that this thread's operations of LibTorch go to.
Stream current_stream();

Element element_of(const at::Tensor& tensor);

// As kernels take an optional vector of float32: null if it is undefined.
const float* floats_or_null(const at::Tensor& tensor);

Into into(const Parameter& parameter);

// Throws Error(internal) if the launch of a kernel failed.
void check_launch(const char* kernel);

// Adds left^T x right, in float32, to `sum` [left's columns, right's columns], or replaces it.
void add_product(const at::Tensor& left_NM, const at::Tensor& right_NK, at::Tensor sum_MK,
                 Into how);

// The gradient of a bias: the sums over the rows of `grad_NM`.
void add_row_sums(const at::Tensor& grad_NM, const Parameter& bias);

}  // namespace lockstep::cuda
