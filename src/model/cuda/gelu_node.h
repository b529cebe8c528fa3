// SPDX-License-Identifier: Apache-2.0
// GELU as a node of the autograd graph.
#pragma once

#include <ATen/core/Tensor.h>

#include "config/run_config.h"
#include "model/parameters.h"

namespace lockstep::cuda {

// gelu(x + bias), x [..., columns].
at::Tensor gelu(const at::Tensor& x, const Parameter& bias, GeluKind kind);

}  // namespace lockstep::cuda
