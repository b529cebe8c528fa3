// SPDX-License-Identifier: Apache-2.0
// The arithmetic of AdamW, element by element. Compiled so that no product and sum are fused into
// one rounding: a loop's vector part and its remainder then give the same bits, and where a range
// begins and ends cannot be seen in the result.
#pragma once

#include <cstddef>

namespace lockstep {

// The same for all elements of one update. In float32, as the elements are.
struct AdamWFactors {
  float gradient_scale;    // of every gradient
  float decay;             // 1 - rate x weight decay
  float beta1_complement;  // 1 - beta1
  float beta2;
  float beta2_complement;  // 1 - beta2
  float step_size;         // rate / (1 - beta1^t)
  float root_correction;   // sqrt(1 - beta2^t)
  float eps;
};

// Updates `count` elements of each array in place.
void adamw_update(const AdamWFactors& factors, const float* gradients, float* values,
                  float* exp_avg, float* exp_avg_sq, std::size_t count);

}  // namespace lockstep
