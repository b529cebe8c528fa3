// SPDX-License-Identifier: Apache-2.0
// The forward and backward pass of one lane, on the device of the model.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <memory>

#include "batches/batch_stream.h"
#include "model/gpt.h"

namespace lockstep {

struct LaneKey {
  std::uint64_t seed = 0;
  std::int64_t step = 0;
  std::int64_t lane = 0;
};

class LanePass {
 public:
  virtual ~LanePass() = default;

  // Leaves the gradient of the lane's loss in `gradients` (flat float32). The loss: the sum over
  // the lane's targets / `divisor`, a float64 scalar where the model is. `ready` hears which
  // elements are final (Parameters::GradientsReady): on a CPU during the pass; on a GPU after it
  // was started, as parts of some size for what is started on the thread's stream from then on. All
  // are final for what follows the call.
  virtual at::Tensor run(const LaneKey& key, const Batch& batch, double divisor,
                         at::Tensor& gradients, const Parameters::GradientsReady& ready) = 0;
};

// `model` must outlive the pass, and be where it is to stay. `before_waiting` is called before a
// pass waits for what else is going on on the GPU.
std::unique_ptr<LanePass> make_lane_pass(
    Gpt& model, std::function<void()> before_waiting = [] {});

}  // namespace lockstep
