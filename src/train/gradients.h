// SPDX-License-Identifier: Apache-2.0
// Where the gradients of this rank's lanes lie, and how they become the gradient of the whole batch
// and parameters that all ranks have. On a GPU they are there; to other ranks they go through host
// memory.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstddef>
#include <memory>

#include "comm/collectives.h"
#include "lanes/gradient_exchange.h"
#include "lanes/lane_plan.h"
#include "model/parameters.h"

namespace lockstep {

class Gradients {
 public:
  virtual ~Gradients() = default;

  // How this rank adds up its lanes, in buffer() of the same index: flat float32 [elements].
  virtual const LaneFold& fold() const = 0;
  virtual at::Tensor& buffer(std::size_t index) = 0;

  // As those of GradientExchange.
  virtual void start() = 0;
  virtual void ready_from(std::int64_t first) = 0;
  virtual void finish() = 0;
  // [elements of the shard]: the sum over all lanes, after finish().
  virtual at::Tensor& sum() = 0;

  // COLLECTIVE. Every rank has updated its shard of the parameters; afterwards every rank has all.
  virtual void share_parameters(Parameters& parameters) = 0;
};

// COLLECTIVE. For a model of this placement; `world` and `collectives` must outlive the gradients.
std::unique_ptr<Gradients> make_gradients(const World& world, Collectives& collectives,
                                          const LanePlan& lanes, const Parameters& parameters);

}  // namespace lockstep
