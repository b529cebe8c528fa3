// SPDX-License-Identifier: Apache-2.0
// From the gradient of a batch to new parameters on every rank. On a GPU that goes on beside the
// next forward pass, which waits for each part of the parameters as it comes to it.
#pragma once

#include <ATen/core/Tensor.h>

#include <memory>

#include "comm/world.h"
#include "model/gpt.h"
#include "optim/adamw.h"
#include "train/gradients.h"

namespace lockstep {

class Update {
 public:
  virtual ~Update() = default;
  // COLLECTIVE. One step of the optimizer with the sum of the gradients, as `numbers` of
  // sum_up_step() say, which lie where the gradients do and stay until the next step: it may be
  // none. Until await(), only forward passes of the model find all that is new.
  virtual void run(double learning_rate, const at::Tensor& numbers) = 0;
  // The host has heard that the step was none.
  virtual void was_skipped() = 0;
  // What is done from now on, or started on the thread's stream, finds the state as it is after
  // run(), and may change it.
  virtual void await() = 0;
};

// All must outlive the update, and the model be where it is to stay.
std::unique_ptr<Update> make_update(const World& world, Gpt& model, AdamW& optimizer,
                                    Gradients& gradients);

}  // namespace lockstep
