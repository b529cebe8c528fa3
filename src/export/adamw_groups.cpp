// SPDX-License-Identifier: Apache-2.0
#include "export/adamw_groups.h"

namespace lockstep {
namespace {

AdamWGroup empty_group(const OptimConfig& config, double learning_rate, double weight_decay) {
  return {.learning_rate = learning_rate,
          .beta1 = config.beta1,
          .beta2 = config.beta2,
          .eps = config.eps,
          .weight_decay = weight_decay,
          .tensors = {}};
}

double weight_decay_of(const TensorSpec& spec, const OptimConfig& config) {
  const bool decays = config.weight_decay_scope == WeightDecayScope::all || spec.shape.size() >= 2;
  return decays ? config.weight_decay : 0.0;
}

}  // namespace

std::vector<AdamWGroup> adamw_groups(const FlatLayout& layout, const OptimConfig& config,
                                     double learning_rate) {
  AdamWGroup decaying = empty_group(config, learning_rate, config.weight_decay);
  AdamWGroup fixed = empty_group(config, learning_rate, 0.0);
  for (std::size_t i = 0; i < layout.tensors().size(); ++i) {
    const bool decays = weight_decay_of(layout.tensors()[i].spec, config) == config.weight_decay;
    (decays ? decaying : fixed).tensors.push_back(i);
  }
  if (fixed.tensors.empty()) return {decaying};
  return {decaying, fixed};
}

}  // namespace lockstep
