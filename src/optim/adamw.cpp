// SPDX-License-Identifier: Apache-2.0
#include "optim/adamw.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

namespace lockstep {
namespace {

double weight_decay_of(const TensorSpec& spec, const OptimConfig& config) {
  const bool decays = config.weight_decay_scope == WeightDecayScope::all || spec.shape.size() >= 2;
  return decays ? config.weight_decay : 0.0;
}

}  // namespace

AdamW::AdamW(const FlatLayout& layout, const OptimConfig& config, const at::Tensor& values,
             const at::Tensor& gradients)
    : config_(config), exp_avg_(at::zeros_like(values)), exp_avg_sq_(at::zeros_like(values)) {
  const std::vector<FlatTensor>& tensors = layout.tensors();
  for (std::size_t first = 0; first < tensors.size();) {
    const double weight_decay = weight_decay_of(tensors[first].spec, config);
    std::size_t last = first;
    while (last < tensors.size() && weight_decay_of(tensors[last].spec, config) == weight_decay)
      ++last;
    const std::int64_t start = tensors[first].offset;
    const std::int64_t count = tensors[last - 1].offset + tensors[last - 1].elements - start;
    runs_.push_back({.weight_decay = weight_decay,
                     .values = values.narrow(0, start, count),
                     .gradients = gradients.narrow(0, start, count),
                     .exp_avg = exp_avg_.narrow(0, start, count),
                     .exp_avg_sq = exp_avg_sq_.narrow(0, start, count)});
    first = last;
  }
}

void AdamW::step(double learning_rate) {
  const at::NoGradGuard no_grad;
  ++steps_;
  for (Run& run : runs_) {
    // The kernel counts the step itself only in Python; here the tensor already says which it is.
    const at::Tensor step = at::scalar_tensor(static_cast<double>(steps_), at::kFloat);
    at::_fused_adamw_({run.values}, {run.gradients}, {run.exp_avg}, {run.exp_avg_sq},
                      /*max_exp_avg_sqs=*/{}, {step}, learning_rate, config_.beta1, config_.beta2,
                      run.weight_decay, config_.eps, /*amsgrad=*/false, /*maximize=*/false);
  }
}

}  // namespace lockstep
