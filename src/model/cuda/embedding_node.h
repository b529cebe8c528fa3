// SPDX-License-Identifier: Apache-2.0
// The embeddings as a node of the autograd graph.
#pragma once

#include <ATen/core/Tensor.h>

#include "model/cuda/element.h"
#include "model/parameters.h"

namespace lockstep::cuda {

// dropout(token_weight[ids] + position_weight), [B, T, C] of type `compute`. Its backward pass adds
// to the gradient of the tokens in any case: the head has begun it.
at::Tensor embedding(const at::Tensor& ids_BT, const Parameter& token_weight,
                     const Parameter& position_weight, const Dropout& dropout,
                     at::ScalarType compute);

}  // namespace lockstep::cuda
