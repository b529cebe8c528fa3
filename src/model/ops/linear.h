// SPDX-License-Identifier: Apache-2.0
// Linear maps on processors whose backward pass leaves the gradients of weight and bias where they
// belong: one pass over memory, where LibTorch's makes them elsewhere and adds them to zeros.
#pragma once

#include <ATen/core/Tensor.h>

#include "model/operations.h"

namespace lockstep {

// x [..., in] -> [..., out], float32.
at::Tensor linear(const at::Tensor& x, const Linear& linear);

}  // namespace lockstep
