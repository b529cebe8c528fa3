// SPDX-License-Identifier: Apache-2.0
// Linear maps whose backward pass leaves the gradients where they belong.
#pragma once

#include <ATen/core/Tensor.h>

#include "model/operations.h"

namespace lockstep::cuda {

// x [..., in] -> [..., out]. Without its bias, which whoever comes next adds.
at::Tensor product(const at::Tensor& x, const Parameter& weight);
at::Tensor linear(const at::Tensor& x, const Linear& linear);

}  // namespace lockstep::cuda
