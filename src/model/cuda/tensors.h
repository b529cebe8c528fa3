// SPDX-License-Identifier: Apache-2.0
// From tensors to the arguments of kernels. For the files of this folder.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <initializer_list>
#include <memory>

#include "device/kernel_launch.h"
#include "model/cuda/element.h"
#include "model/parameters.h"

namespace torch::autograd {
struct Node;
}

namespace lockstep::cuda {

// For what may be the first of a thread: cuBLAS warns if it is a thread's first use of the GPU.
void enter_gpu();

Element element_of(const at::Tensor& tensor);

// As kernels take an optional vector of float32: null if it is undefined.
const float* floats_or_null(const at::Tensor& tensor);

// Makes `node` the one that turns gradients of `outputs`, computed without a graph, into those of
// `inputs`, in their order. Undefined tensors have none.
void attach(const std::shared_ptr<torch::autograd::Node>& node,
            std::initializer_list<at::Tensor> inputs, std::initializer_list<at::Tensor> outputs);

// For what nothing in a pass waits for, the gradients of parameters above all: what is started in
// the scope goes to a stream beside it, but for large lanes (kMostRowsBeside): there it is part of
// the pass. `used`, made before, stay as they are until it is done; they may be
// undefined.
class Beside {
 public:
  Beside(std::int64_t rows, std::initializer_list<at::Tensor> used);
  ~Beside();
  Beside(const Beside&) = delete;
  Beside& operator=(const Beside&) = delete;

 private:
  class Guard;
  std::unique_ptr<Guard> guard_;  // null: part of the pass
};

// What this thread starts from now on waits for all that was started beside.
void wait_for_work_beside();

// Adds left^T x right, in float32, to `sum` [left's columns, right's columns], or replaces it.
void add_product(const at::Tensor& left_NM, const at::Tensor& right_NK, at::Tensor sum_MK,
                 bool adds);

// The gradient of a bias, where there is one: the sums of `groups` (column_sum.h).
void add_group_sums(const at::Tensor& groups, const Parameter& bias);
// The same from the rows of `grad_NM`.
void add_row_sums(const at::Tensor& grad_NM, const Parameter& bias);

}  // namespace lockstep::cuda
