// SPDX-License-Identifier: Apache-2.0
#include "model/cuda/add_product.h"

#include <ATen/ATen.h>

namespace lockstep::cuda {

void add_product(const at::Tensor& left_NM, const at::Tensor& right_NK, at::Tensor sum_MK,
                 bool adds) {
  const double beta = adds ? 1.0 : 0.0;
  if (left_NM.scalar_type() == at::kFloat)
    at::addmm_out(sum_MK, sum_MK, left_NM.t(), right_NK, beta, 1.0);
  else
    at::addmm_out(sum_MK, sum_MK, left_NM.t(), right_NK, at::kFloat, beta, 1.0);
}

}  // namespace lockstep::cuda
