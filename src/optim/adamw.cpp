// SPDX-License-Identifier: Apache-2.0
#include "optim/adamw.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

#include "device/parallel_for.h"
#include "optim/cuda_kernels.h"

namespace lockstep {
namespace {

constexpr std::int64_t kElementsPerTask = 65536;

constexpr float kNoDecay = 1.0F;

bool decays(const TensorSpec& spec, const OptimConfig& config) {
  return config.weight_decay_scope == WeightDecayScope::all || spec.shape.size() >= 2;
}

// Of elements that decay.
AdamWFactors factors_of(const OptimConfig& config, std::int64_t step, double learning_rate,
                        double gradient_scale) {
  const auto t = static_cast<double>(step);
  const double step_size = learning_rate / (1.0 - std::pow(config.beta1, t));
  return {.gradient_scale = static_cast<float>(gradient_scale),
          .decay = static_cast<float>(1.0 - learning_rate * config.weight_decay),
          .beta1_complement = static_cast<float>(1.0 - config.beta1),
          .beta2 = static_cast<float>(config.beta2),
          .beta2_complement = static_cast<float>(1.0 - config.beta2),
          .step_size = static_cast<float>(step_size),
          .root_correction = static_cast<float>(std::sqrt(1.0 - std::pow(config.beta2, t))),
          .eps = static_cast<float>(config.eps)};
}

}  // namespace

AdamW::AdamW(const FlatLayout& layout, const OptimConfig& config, ElementRange range,
             const at::Tensor& values)
    : config_(config),
      range_(range),
      values_(values.narrow(0, range.first, range.count())),
      exp_avg_(at::zeros({range.count()}, at::kFloat)),
      exp_avg_sq_(at::zeros({range.count()}, at::kFloat)) {
  list_runs(layout);
}

void AdamW::list_runs(const FlatLayout& layout) {
  for (const FlatTensor& tensor : layout.tensors()) {
    const ElementRange owned{std::max(tensor.offset, range_.first),
                             std::min(tensor.offset + tensor.elements, range_.last)};
    if (owned.count() <= 0) continue;
    const bool does = decays(tensor.spec, config_);
    if (!runs_.empty() && runs_.back().decays == does)
      runs_.back().range.last = owned.last;
    else
      runs_.push_back({.decays = does, .range = owned});
  }
}

void AdamW::move_to_gpu(const at::Tensor& values, const at::Tensor& compute_values) {
  values_ = values.narrow(0, range_.first, range_.count());
  compute_values_ = compute_values.is_same(values)
                        ? at::Tensor()
                        : compute_values.narrow(0, range_.first, range_.count());
  exp_avg_ = exp_avg_.to(values.device());
  exp_avg_sq_ = exp_avg_sq_.to(values.device());
  std::vector<std::int64_t> ends;
  for (const Run& run : runs_) ends.push_back(run.range.last - range_.first);
  run_ends_ = at::tensor(ends, at::kLong).to(values.device());
}

void AdamW::step(const at::Tensor& gradients, double learning_rate, const GradientScale& scale) {
  step_in_parts(gradients, learning_rate, scale, {range_}, [](std::size_t) {});
}

void AdamW::step_in_parts(const at::Tensor& gradients, double learning_rate,
                          const GradientScale& scale, const std::vector<ElementRange>& parts,
                          const std::function<void(std::size_t part)>& done) {
  ++steps_;
  const AdamWFactors factors = factors_of(config_, steps_, learning_rate, scale.value);
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const ElementRange part = common_range(range_, parts[i]);
    if (run_ends_.defined())
      update_on_gpu(part, factors, scale.on_gpu, gradients);
    else
      update_on_host(part, factors, gradients);
    done(i);
  }
}

void AdamW::update_on_host(const ElementRange& part, const AdamWFactors& factors,
                           const at::Tensor& gradients) {
  const float* const gradient = gradients.const_data_ptr<float>();
  auto* const value = values_.data_ptr<float>();
  auto* const exp_avg = exp_avg_.data_ptr<float>();
  auto* const exp_avg_sq = exp_avg_sq_.data_ptr<float>();
  for (const Run& run : runs_) {
    const ElementRange range = common_range(run.range, part);
    AdamWFactors of_run = factors;
    if (!run.decays) of_run.decay = kNoDecay;
    parallel_for(range.first - range_.first, range.last - range_.first, kElementsPerTask,
                 [&](std::int64_t first, std::int64_t last) {
                   adamw_update(of_run, gradient + first, value + first, exp_avg + first,
                                exp_avg_sq + first, static_cast<std::size_t>(last - first));
                 });
  }
}

void AdamW::update_on_gpu(const ElementRange& part, const AdamWFactors& factors,
                          const double* gradient_scale, const at::Tensor& gradients) {
  if (part.count() == 0) return;
  const std::int64_t first = part.first - range_.first;
  const std::int64_t count = part.count();
  cuda::update(factors, gradient_scale,
               {.ends = run_ends_, .first_decays = runs_.front().decays, .first = first},
               {.gradients = gradients.narrow(0, first, count),
                .values = values_.narrow(0, first, count),
                .exp_avg = exp_avg_.narrow(0, first, count),
                .exp_avg_sq = exp_avg_sq_.narrow(0, first, count),
                .bf16_values = compute_values_.defined() ? compute_values_.narrow(0, first, count)
                                                         : at::Tensor()});
}

}  // namespace lockstep
