// SPDX-License-Identifier: Apache-2.0
#include "train/tensor_span.h"

#include <ATen/ops/from_blob.h>

#include <cstddef>

namespace lockstep {

std::span<float> span_of(at::Tensor& tensor) {
  return {tensor.data_ptr<float>(), static_cast<std::size_t>(tensor.numel())};
}

at::Tensor tensor_over(std::span<float> values) {
  return at::from_blob(values.data(), {std::ssize(values)}, at::kFloat);
}

}  // namespace lockstep
