// SPDX-License-Identifier: Apache-2.0
// The parameters of a GPT: their names, shapes and order, which optimizer and checkpoint rely on,
// and their values and gradients, each in one allocation.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstddef>
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

// A parameter as operations take it. Undefined tensors: the model has no such parameter.
struct Parameter {
  at::Tensor leaf;     // float32, a leaf of the autograd graph
  at::Tensor compute;  // the same numbers as matrix products take them
  // Where operations leave its gradient in place of what was there: float32, in its shape.
  const at::Tensor* gradient = nullptr;
};

// Where parameters lie, and as what matrix products take them.
struct Placement {
  c10::Device device = c10::Device(c10::DeviceType::CPU);
  at::ScalarType compute = at::ScalarType::Float;
};

// float32 values of every parameter, and where their gradients are to be. The tensors handed out
// are views into flat ones, so that optimizer, exchange and checkpoint each see one array.
class Parameters {
 public:
  // In host memory. Gradients are nowhere until collect_gradients_in().
  explicit Parameters(FlatLayout layout);

  // Everything moves to a GPU; tensors handed out before are those of the old place. Gradients are
  // nowhere again.
  void move_to_gpu(const Placement& placement);
  const Placement& placement() const { return placement_; }
  bool is_on_gpu() const { return is_on_gpu_; }

  const FlatLayout& layout() const { return layout_; }
  at::Tensor& values() { return values_; }  // [elements]
  const at::Tensor& values() const { return values_; }
  // [elements] in the type of the placement: the values themselves where that is float32. Whoever
  // changes the values brings these up to date.
  at::Tensor& compute_values() { return compute_values_; }
  at::Tensor& gradients() { return gradients_; }  // [elements]: where passes leave them

  // From now on every pass, forward and backward, leaves those of its loss in `gradients` (flat
  // float32 [elements], shared, not copied), whatever is there before.
  void collect_gradients_in(const at::Tensor& gradients);

  // Calls `ready` during every backward pass, on the thread that runs it, as the gradients get
  // done: all elements from `first` on are. It comes again with a lower `first`, until 0 where the
  // pass reaches every parameter. Empty: no longer. What it throws ends the pass.
  using GradientsReady = std::function<void(std::int64_t first)>;
  void on_gradients_ready(GradientsReady ready);

  // The parameter as a leaf of the autograd graph.
  // REQUIRES: a name of the layout.
  const at::Tensor& get(const std::string& name) const;
  // The same with all that operations need. Valid until the next move.
  Parameter parameter(const std::string& name) const;

 private:
  class Progress;

  void make_views();
  std::size_t index_of(const std::string& name) const;

  FlatLayout layout_;
  Placement placement_;
  bool is_on_gpu_ = false;
  at::Tensor values_;
  at::Tensor compute_values_;
  at::Tensor gradients_;
  std::vector<at::Tensor> views_;   // one for each tensor of the layout
  std::vector<at::Tensor> places_;  // the same, of the gradients
  std::shared_ptr<Progress> progress_;
  // What autograd runs at each leaf, which nobody else keeps alive.
  std::vector<std::shared_ptr<torch::autograd::Node>> accumulators_;
};

}  // namespace lockstep
