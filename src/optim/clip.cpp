// SPDX-License-Identifier: Apache-2.0
#include "optim/clip.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

namespace lockstep {
namespace {

// Keeps the quotient finite for a gradient of zeros; PyTorch's value.
constexpr double kNormEps = 1e-6;

}  // namespace

double clip_gradients(at::Tensor& gradients, double max_norm) {
  const at::NoGradGuard no_grad;
  const double norm = gradients.norm().item<double>();
  const double scale = max_norm / (norm + kNormEps);
  if (max_norm > 0 && scale < 1.0) gradients.mul_(scale);
  return norm;
}

}  // namespace lockstep
