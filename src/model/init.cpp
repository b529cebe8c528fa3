// SPDX-License-Identifier: Apache-2.0
#include "model/init.h"

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <ATen/core/grad_mode.h>

#include <cmath>

#include "base/random.h"

namespace lockstep {
namespace {

constexpr double kStandardDeviation = 0.02;

bool is_residual_projection(const TensorSpec& spec) {
  return spec.name.ends_with(".c_proj.weight");
}

}  // namespace

void initialize(Parameters& parameters, const ModelConfig& config, std::uint64_t seed) {
  const at::NoGradGuard no_grad;
  const double residual_deviation =
      kStandardDeviation / std::sqrt(2.0 * static_cast<double>(config.n_layer));
  std::uint64_t index = 0;
  for (const FlatTensor& tensor : parameters.layout().tensors()) {
    at::Tensor values = parameters.values().narrow(0, tensor.offset, tensor.elements);
    const std::uint64_t tensor_seed = random_bits(seed, RandomPurpose::initialization, index++);
    if (tensor.spec.shape.size() == 1) {
      values.fill_(tensor.spec.name.ends_with(".weight") ? 1.0 : 0.0);
      continue;
    }
    const double deviation =
        is_residual_projection(tensor.spec) ? residual_deviation : kStandardDeviation;
    values.normal_(0.0, deviation, at::detail::createCPUGenerator(tensor_seed));
  }
}

}  // namespace lockstep
