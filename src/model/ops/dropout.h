// SPDX-License-Identifier: Apache-2.0
// Dropout (Srivastava et al. 2014) on processors, in float32, whose backward pass draws the same
// numbers once more instead of keeping them.
#pragma once

#include <ATen/core/Tensor.h>

#include "model/ops/dropout_numbers.h"

namespace lockstep {

// x + dropout(branch), of the same shape; `x` undefined: dropout(branch). The same bits with any
// number of threads. Differentiable once.
at::Tensor add_dropped(const at::Tensor& x, const at::Tensor& branch, const Dropout& dropout);

}  // namespace lockstep
