// SPDX-License-Identifier: Apache-2.0
#include "optim/cuda_kernels.h"

#include <ATen/ATen.h>

#include "device/kernel_launch.h"
#include "optim/cuda_launches.h"
#include "tensors/chunks.h"

namespace lockstep::cuda {

void update(const AdamWFactors& factors, const double* gradient_scale, const DecayRuns& runs,
            const AdamWArrays& arrays) {
  const DecayTurns turns{.ends = runs.ends.const_data_ptr<std::int64_t>(),
                         .count = runs.ends.numel(),
                         .first_decays = runs.first_decays,
                         .first = runs.first};
  launch_adamw(factors, gradient_scale, turns, arrays.gradients.const_data_ptr<float>(),
               arrays.values.data_ptr<float>(), arrays.exp_avg.data_ptr<float>(),
               arrays.exp_avg_sq.data_ptr<float>(),
               arrays.bf16_values.defined() ? arrays.bf16_values.data_ptr() : nullptr,
               arrays.values.numel(), current_stream());
  check_launch("adamw");
}

void chunk_square_sums(const at::Tensor& gradients, const at::Tensor& sums) {
  launch_square_sums(gradients.const_data_ptr<float>(), gradients.numel(), kChunkElements,
                     sums.data_ptr<double>(), current_stream());
  check_launch("square_sums");
}

void sum_up_step(const at::Tensor& terms, const StepTerms& counts, double clip_norm,
                 const at::Tensor& numbers) {
  launch_step_numbers(terms.const_data_ptr<double>(), counts, clip_norm,
                      reinterpret_cast<StepNumbers*>(numbers.data_ptr<double>()), current_stream());
  check_launch("step_numbers");
}

}  // namespace lockstep::cuda
