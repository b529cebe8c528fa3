// SPDX-License-Identifier: Apache-2.0
// Between tensors and the spans of those who know nothing of LibTorch.
#pragma once

#include <ATen/core/Tensor.h>

#include <span>

namespace lockstep {

// REQUIRES: contiguous, float32. In the memory of a GPU, the host must not look at the numbers.
std::span<float> span_of(at::Tensor& tensor);

// [count], float32. The numbers stay where they are, and must outlive the tensor.
at::Tensor tensor_over(std::span<float> values);

}  // namespace lockstep
