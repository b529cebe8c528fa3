// SPDX-License-Identifier: Apache-2.0
// A tensor as those see it who know nothing of LibTorch.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstddef>
#include <span>

namespace lockstep {

// REQUIRES: contiguous, float32, in host memory.
inline std::span<float> span_of(at::Tensor& tensor) {
  return {tensor.data_ptr<float>(), static_cast<std::size_t>(tensor.numel())};
}

}  // namespace lockstep
