// SPDX-License-Identifier: Apache-2.0
// Turns the gradients of this rank's lanes into the gradient of the whole batch.
#pragma once

#include <ATen/core/Tensor.h>

#include "comm/collectives.h"

namespace lockstep {

class GradientExchange {
 public:
  // `collectives` must outlive the exchange.
  explicit GradientExchange(Collectives& collectives) : collectives_(collectives) {}

  // COLLECTIVE. `gradients` (flat float32) holds the sum over this rank's lanes, each already
  // divided by the number of targets in the whole batch; afterwards it holds the sum over all
  // lanes: the gradient of the mean loss, whatever the world size.
  void finish(at::Tensor& gradients) { collectives_.sum(gradients); }

 private:
  Collectives& collectives_;
};

}  // namespace lockstep
