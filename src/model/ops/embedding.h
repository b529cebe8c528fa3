// SPDX-License-Identifier: Apache-2.0
// Tokens and positions to vectors on processors, and back to gradients: of the few tokens that a
// lane has, not of the whole vocabulary.
#pragma once

#include <ATen/core/Tensor.h>

#include "model/parameters.h"

namespace lockstep {

// token_weight[ids] + position_weight: [B, T, C], float32. The rows of equal tokens are added in
// their order, so that the gradients have the same bits with any number of threads. The gradient of
// the positions is replaced; to that of the tokens, which the head has written, it is added.
at::Tensor embedding(const at::Tensor& ids_BT, const Parameter& token_weight,
                     const Parameter& position_weight);

}  // namespace lockstep
