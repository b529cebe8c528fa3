// SPDX-License-Identifier: Apache-2.0
// AdamW (Loshchilov and Hutter, "Decoupled Weight Decay Regularization", 2019) over the elements
// that a rank owns of flat parameters, with the formulas of torch.optim.AdamW. The moments exist
// only for these elements (Rajbhandari et al., "ZeRO", 2020, stage 1).
#pragma once

#include <ATen/core/Tensor.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "config/run_config.h"
#include "optim/adamw_kernel.h"
#include "tensors/chunks.h"
#include "tensors/flat_layout.h"

namespace lockstep {

// Of every gradient.
struct GradientScale {
  double value = 1.0;
  // Instead, on a GPU: [1] in its memory, which must stay until the update is done. Where it is NaN
  // nothing changes.
  const double* on_gpu = nullptr;
};

class AdamW {
 public:
  // `values`: flat float32 [elements of the layout], shared, not copied; of them those in `range`
  // are updated.
  AdamW(const FlatLayout& layout, const OptimConfig& config, ElementRange range,
        const at::Tensor& values);

  // Goes to the GPU where `values` are now, with the moments. `compute_values`: flat [elements of
  // the layout], updated with the values; the values themselves where there is no other type.
  void move_to_gpu(const at::Tensor& values, const at::Tensor& compute_values);

  // One update with `gradients` (flat float32 [range().count()]), each multiplied by `scale`. An
  // element's new value depends on its own numbers alone, to the last bit: neither on the range nor
  // on the number of threads.
  void step(const at::Tensor& gradients, double learning_rate, const GradientScale& scale = {});
  // The same, one part of the layout after the other. Calls `done` after each, with its index: its
  // owned elements are updated, or on a GPU will be for what is started from then on.
  void step_in_parts(const at::Tensor& gradients, double learning_rate, const GradientScale& scale,
                     const std::vector<ElementRange>& parts,
                     const std::function<void(std::size_t part)>& done);
  // The last update's scale was NaN: it was none.
  void forget_step() { --steps_; }

  const ElementRange& range() const { return range_; }
  // Updates made so far; bias correction depends on it.
  std::int64_t steps() const { return steps_; }
  void set_steps(std::int64_t steps) { steps_ = steps; }
  at::Tensor& exp_avg() { return exp_avg_; }        // first moments [range().count()]
  at::Tensor& exp_avg_sq() { return exp_avg_sq_; }  // second moments [range().count()]

 private:
  // A contiguous run of owned elements. Those that decay and those that do not take turns.
  struct Run {
    bool decays;
    ElementRange range;
  };

  void list_runs(const FlatLayout& layout);
  void update_on_host(const ElementRange& part, const AdamWFactors& factors,
                      const at::Tensor& gradients);
  void update_on_gpu(const ElementRange& part, const AdamWFactors& factors,
                     const double* gradient_scale, const at::Tensor& gradients);

  OptimConfig config_;
  ElementRange range_;
  at::Tensor values_;          // of the range
  at::Tensor compute_values_;  // of the range; undefined: no others than the values
  at::Tensor exp_avg_;
  at::Tensor exp_avg_sq_;
  std::vector<Run> runs_;
  at::Tensor run_ends_;  // int64 [runs_], from the range's first element on; only on a GPU
  std::int64_t steps_ = 0;
};

}  // namespace lockstep
