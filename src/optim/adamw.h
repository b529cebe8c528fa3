// SPDX-License-Identifier: Apache-2.0
// AdamW (Loshchilov and Hutter, "Decoupled Weight Decay Regularization", 2019) over flat
// parameters, with the arithmetic of torch.optim.AdamW.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "config/run_config.h"
#include "tensors/flat_layout.h"

namespace lockstep {

class AdamW {
 public:
  // `values` and `gradients` are flat float32 [elements of the layout]; both are shared, not
  // copied.
  AdamW(const FlatLayout& layout, const OptimConfig& config, const at::Tensor& values,
        const at::Tensor& gradients);

  // One update with the gradients as they are now.
  void step(double learning_rate);

  // Updates made so far; bias correction depends on it.
  std::int64_t steps() const { return steps_; }
  void set_steps(std::int64_t steps) { steps_ = steps; }
  at::Tensor& exp_avg() { return exp_avg_; }        // first moments, flat
  at::Tensor& exp_avg_sq() { return exp_avg_sq_; }  // second moments, flat

 private:
  // A contiguous run of parameters that share their weight decay.
  struct Run {
    double weight_decay;
    at::Tensor values, gradients, exp_avg, exp_avg_sq;
  };

  OptimConfig config_;
  at::Tensor exp_avg_;
  at::Tensor exp_avg_sq_;
  std::vector<Run> runs_;
  std::int64_t steps_ = 0;
};

}  // namespace lockstep
