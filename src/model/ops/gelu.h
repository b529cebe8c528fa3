// SPDX-License-Identifier: Apache-2.0
// GELU on processors, the same bits with any number of threads. LibTorch's tanh kind has others in
// what is left over of a thread's part when it is cut into vectors, and its parts follow from the
// number of threads; so it is given pieces of our own, each to one thread. Its erf kind is the same
// everywhere.
#pragma once

#include <ATen/core/Tensor.h>

#include "config/run_config.h"

namespace lockstep {

// Of any shape; float32, or float64 in tests.
at::Tensor gelu(const at::Tensor& x, GeluKind kind);

}  // namespace lockstep
