// SPDX-License-Identifier: Apache-2.0
#include "model/cuda/gradient_product.h"

#include <ATen/ATen.h>

namespace lockstep::cuda {

void gradient_product(const at::Tensor& left_NM, const at::Tensor& right_NK, at::Tensor place_MK) {
  constexpr double kNothingOfBefore = 0.0;
  if (left_NM.scalar_type() == at::kFloat)
    at::addmm_out(place_MK, place_MK, left_NM.t(), right_NK, kNothingOfBefore, 1.0);
  else
    at::addmm_out(place_MK, place_MK, left_NM.t(), right_NK, at::kFloat, kNothingOfBefore, 1.0);
}

}  // namespace lockstep::cuda
