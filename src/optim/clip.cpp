// SPDX-License-Identifier: Apache-2.0
#include "optim/clip.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <cmath>

namespace lockstep {
namespace {

// Keeps the quotient finite for a gradient of zeros; PyTorch's value.
constexpr double kNormEps = 1e-6;
constexpr std::int64_t kRowLength = 1024;
constexpr std::int64_t kRowsAtOnce = 512;  // 4 MiB as doubles, which caches hold

at::Tensor sum_of_squares(const at::Tensor& rows) {
  return rows.to(at::kDouble).square_().sum(-1).sum();
}

// Floats lose count after some millions of squares, so the squares are summed as doubles. A row is
// summed by one thread, so the norm does not depend on how many threads there are.
double norm_of(const at::Tensor& gradients) {
  const std::int64_t rows = gradients.numel() / kRowLength;
  const std::int64_t in_rows = rows * kRowLength;
  at::Tensor total = sum_of_squares(gradients.narrow(0, in_rows, gradients.numel() - in_rows));
  const at::Tensor table = gradients.narrow(0, 0, in_rows).view({rows, kRowLength});
  for (std::int64_t first = 0; first < rows; first += kRowsAtOnce)
    total += sum_of_squares(table.narrow(0, first, std::min(kRowsAtOnce, rows - first)));
  return std::sqrt(total.item<double>());
}

}  // namespace

double clip_gradients(at::Tensor& gradients, double max_norm) {
  const at::NoGradGuard no_grad;
  const double norm = norm_of(gradients);
  const double scale = max_norm / (norm + kNormEps);
  if (max_norm > 0 && scale < 1.0) gradients.mul_(scale);
  return norm;
}

}  // namespace lockstep
