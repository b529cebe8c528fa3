// SPDX-License-Identifier: Apache-2.0
// The parameters of a GPT: their names, shapes and order, which optimizer and checkpoint rely on,
// and their values and gradients, each in one allocation.
#pragma once

#include <ATen/core/Tensor.h>

#include <string>
#include <vector>

#include "config/run_config.h"
#include "tensors/flat_layout.h"

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
  at::Tensor& gradients() { return gradients_; }  // [elements]

  // The parameter as a leaf of the autograd graph, its gradient accumulating into gradients().
  // REQUIRES: a name of the layout.
  const at::Tensor& get(const std::string& name) const;

 private:
  FlatLayout layout_;
  at::Tensor values_;
  at::Tensor gradients_;
  std::vector<at::Tensor> views_;  // one for each tensor of the layout
};

}  // namespace lockstep
