// SPDX-License-Identifier: Apache-2.0
// Gradient clipping by global norm (Pascanu et al. 2013), as torch.nn.utils.clip_grad_norm_ does
// it.
#pragma once

#include <ATen/core/Tensor.h>

namespace lockstep {

// Scales `gradients` (flat float32) so that their norm is at most `max_norm`; 0 leaves them alone.
// Returns the norm before clipping.
double clip_gradients(at::Tensor& gradients, double max_norm);

}  // namespace lockstep
