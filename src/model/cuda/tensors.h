// SPDX-License-Identifier: Apache-2.0
// From tensors to the arguments of kernels. For the files of this folder.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <initializer_list>
#include <memory>

#include "device/kernel_launch.h"
#include "model/cuda/add_product.h"
#include "model/cuda/beside.h"
#include "model/cuda/element.h"
#include "model/parameters.h"

namespace torch::autograd {
struct Node;
}

namespace lockstep::cuda {

Element element_of(const at::Tensor& tensor);

// As kernels take an optional vector of float32: null if it is undefined.
const float* floats_or_null(const at::Tensor& tensor);

// Makes `node` the one that turns gradients of `outputs`, computed without a graph, into those of
// `inputs`, in their order. Undefined tensors have none.
void attach(const std::shared_ptr<torch::autograd::Node>& node,
            std::initializer_list<at::Tensor> inputs, std::initializer_list<at::Tensor> outputs);

// The gradient of a bias, where there is one: the sums of `groups` (column_sum.h).
void add_group_sums(const at::Tensor& groups, const Parameter& bias);
// The same from the rows of `grad_NM`.
void add_row_sums(const at::Tensor& grad_NM, const Parameter& bias);

}  // namespace lockstep::cuda
