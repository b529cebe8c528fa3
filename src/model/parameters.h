// SPDX-License-Identifier: Apache-2.0
// The parameters of a GPT: their names, shapes and order, which optimizer and checkpoint rely on,
// and their values and gradients, each in one allocation.
#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "config/run_config.h"
#include "tensors/flat_layout.h"

namespace torch::autograd {
struct Node;
}

namespace lockstep {

// In the order of Python's model.parameters(): wte, wpe, the blocks, ln_f. The head is tied to wte
// and has no entry of its own. Linear weights are [out, in].
FlatLayout parameter_layout(const ModelConfig& config);

// float32 values and gradients of every parameter. The tensors handed out are views into the two
// flat ones, so that optimizer, exchange and checkpoint each see one array.
class Parameters {
 public:
  explicit Parameters(FlatLayout layout);

  const FlatLayout& layout() const { return layout_; }
  at::Tensor& values() { return values_; }        // [elements]
  at::Tensor& gradients() { return gradients_; }  // [elements]: where backward passes add to

  // From now on backward passes add to `gradients` (flat float32 [elements], shared, not copied).
  void collect_gradients_in(const at::Tensor& gradients);

  // Calls `ready` during every backward pass, on the thread that runs it, as the gradients get
  // done: all elements from `first` on are. It comes again with a lower `first`, until 0 where the
  // pass reaches every parameter. Empty: no longer. What it throws ends the pass.
  using GradientsReady = std::function<void(std::int64_t first)>;
  void on_gradients_ready(GradientsReady ready);

  // The parameter as a leaf of the autograd graph, its gradient accumulating into gradients().
  // REQUIRES: a name of the layout.
  const at::Tensor& get(const std::string& name) const;

 private:
  class Progress;

  FlatLayout layout_;
  at::Tensor values_;
  at::Tensor gradients_;
  std::vector<at::Tensor> views_;  // one for each tensor of the layout
  std::shared_ptr<Progress> progress_;
  // What autograd runs at each leaf, which nobody else keeps alive.
  std::vector<std::shared_ptr<torch::autograd::Node>> accumulators_;
};

}  // namespace lockstep
