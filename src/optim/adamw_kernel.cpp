// SPDX-License-Identifier: Apache-2.0
#include "optim/adamw_kernel.h"

#include <cmath>

#include "base/vector_clones.h"

namespace lockstep {

LOCKSTEP_VECTOR_CLONES
void adamw_update(const AdamWFactors& factors, const float* __restrict gradients,
                  float* __restrict values, float* __restrict exp_avg, float* __restrict exp_avg_sq,
                  std::size_t count) {
  const AdamWFactors f = factors;
  for (std::size_t i = 0; i < count; ++i) {
    const float g = gradients[i] * f.gradient_scale;
    const float m = exp_avg[i] + (g - exp_avg[i]) * f.beta1_complement;
    const float v = exp_avg_sq[i] * f.beta2 + g * g * f.beta2_complement;
    exp_avg[i] = m;
    exp_avg_sq[i] = v;
    values[i] = values[i] * f.decay - f.step_size * m / (std::sqrt(v) / f.root_correction + f.eps);
  }
}

}  // namespace lockstep
