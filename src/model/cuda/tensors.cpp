// SPDX-License-Identifier: Apache-2.0
#include "model/cuda/tensors.h"

#include <ATen/ATen.h>
#include <c10/cuda/CUDAStream.h>

#include "base/error.h"
#include "model/cuda/column_sum.h"

namespace lockstep::cuda {

Stream current_stream() { return c10::cuda::getCurrentCUDAStream().stream(); }

Element element_of(const at::Tensor& tensor) {
  if (tensor.scalar_type() == at::kBFloat16) return Element::bfloat16;
  if (tensor.scalar_type() == at::kFloat) return Element::float32;
  throw Error(ErrorKind::internal, "computing on a GPU: activations are float32 or bfloat16");
}

const float* floats_or_null(const at::Tensor& tensor) {
  return tensor.defined() ? tensor.const_data_ptr<float>() : nullptr;
}

Into into(const Parameter& parameter) {
  return parameter.gradient->begins ? Into::replace : Into::add;
}

void check_launch(const char* kernel) {
  const cudaError_t status = cudaGetLastError();
  if (status != cudaSuccess)
    throw Error(ErrorKind::internal,
                std::string("starting ") + kernel + " on the GPU: " + cudaGetErrorString(status));
}

void add_product(const at::Tensor& left_NM, const at::Tensor& right_NK, at::Tensor sum_MK,
                 Into how) {
  const double beta = how == Into::add ? 1.0 : 0.0;
  if (left_NM.scalar_type() == at::kFloat)
    at::addmm_out(sum_MK, sum_MK, left_NM.t(), right_NK, beta, 1.0);
  else
    at::addmm_out(sum_MK, sum_MK, left_NM.t(), right_NK, at::kFloat, beta, 1.0);
}

void add_row_sums(const at::Tensor& grad_NM, const Parameter& bias) {
  if (!bias.leaf.defined()) return;
  const std::int64_t rows = grad_NM.size(0);
  const std::int64_t columns = grad_NM.size(1);
  const std::int64_t count = group_count(rows);
  const at::Tensor groups = at::empty({count, columns}, bias.leaf.options().requires_grad(false));
  sum_rows_in_groups(element_of(grad_NM), grad_NM.const_data_ptr(), rows, columns,
                     groups.data_ptr<float>(), current_stream());
  sum_groups(groups.const_data_ptr<float>(), count, columns, columns,
             bias.gradient->view.data_ptr<float>(), into(bias), current_stream());
  check_launch("sum_groups");
}

}  // namespace lockstep::cuda
