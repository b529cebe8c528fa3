// SPDX-License-Identifier: Apache-2.0
#include "optim/cuda_kernels.h"

#include <ATen/ATen.h>

#include "device/kernel_launch.h"
#include "optim/cuda_launches.h"
#include "tensors/chunks.h"

namespace lockstep::cuda {
void update(const AdamWFactors& factors, const AdamWArrays& arrays) {
  launch_adamw(factors, arrays.gradients.const_data_ptr<float>(), arrays.values.data_ptr<float>(),
               arrays.exp_avg.data_ptr<float>(), arrays.exp_avg_sq.data_ptr<float>(),
               arrays.bf16_values.defined() ? arrays.bf16_values.data_ptr() : nullptr,
               arrays.values.numel(), current_stream());
  check_launch("adamw");
}

at::Tensor chunk_square_sums(const at::Tensor& gradients) {
  const std::int64_t chunks = (gradients.numel() + kChunkElements - 1) / kChunkElements;
  at::Tensor sums = at::empty({chunks}, gradients.options().dtype(at::kDouble));
  launch_square_sums(gradients.const_data_ptr<float>(), gradients.numel(), kChunkElements,
                     sums.data_ptr<double>(), current_stream());
  check_launch("square_sums");
  return sums;
}

}  // namespace lockstep::cuda
