// SPDX-License-Identifier: Apache-2.0
#include "optim/step_numbers.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>
#include <numeric>
#include <span>

#include "optim/cuda_kernels.h"
#include "optim/gradient_norm.h"
#include "tensors/chunks.h"

namespace lockstep {
namespace {

using Row = std::array<double, kStepNumbers>;

StepNumbers summed_up(const double* terms, const StepTerms& counts, double clip_norm,
                      double skipped_before) {
  StepNumbers numbers;
  unsigned signals = 0;
  for (std::int64_t rank = 0; rank < counts.ranks; ++rank)
    signals |= static_cast<unsigned>(terms[rank]);
  numbers.signals = signals;
  const double* const losses = terms + counts.first_loss();
  numbers.loss = std::accumulate(losses, losses + counts.losses, 0.0);
  numbers.gradient_norm =
      norm_of_blocks({terms + counts.first_block(), static_cast<std::size_t>(counts.blocks)});
  const bool is_finite = std::isfinite(numbers.loss) && std::isfinite(numbers.gradient_norm);
  numbers.gradient_scale = is_finite ? clip_scale(numbers.gradient_norm, clip_norm)
                                     : std::numeric_limits<double>::quiet_NaN();
  numbers.skipped_in_a_row = is_finite ? 0.0 : skipped_before + 1.0;
  return numbers;
}

}  // namespace

std::int64_t elements_of_block(Where where) {
  return where == Where::gpu ? kChunkElements : kNormBlockElements;
}

void sum_squares(const at::Tensor& gradients, Where where, const at::Tensor& sums) {
  if (where == Where::gpu)
    cuda::chunk_square_sums(gradients, sums);
  else
    block_square_sums(gradients, sums);
}

void sum_up_step(const at::Tensor& terms, const StepTerms& counts, double clip_norm, Where where,
                 const at::Tensor& numbers) {
  if (where == Where::gpu) {
    cuda::sum_up_step(terms, counts, clip_norm, numbers);
    return;
  }
  const StepNumbers summed = summed_up(terms.const_data_ptr<double>(), counts, clip_norm,
                                       step_numbers_in(numbers).skipped_in_a_row);
  std::ranges::copy(std::bit_cast<Row>(summed), numbers.data_ptr<double>());
}

StepNumbers step_numbers_in(const at::Tensor& numbers) {
  Row row;
  std::copy_n(numbers.const_data_ptr<double>(), row.size(), row.begin());
  return std::bit_cast<StepNumbers>(row);
}

}  // namespace lockstep
