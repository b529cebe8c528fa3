// SPDX-License-Identifier: Apache-2.0
// Turns the gradients of all lanes into the gradient of the whole batch, in host memory. Every rank
// owns one shard of the flat space: there it gets the sum, added along the tree, of what all ranks
// have added up over their lanes (their nodes of the tree). The flat space is looked at in buckets,
// from its end to its beginning, which is the order in which a backward pass finishes it; a bucket
// is begun when its last gradient is there, while the pass goes on.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "comm/collectives.h"
#include "lanes/lane_tree.h"
#include "tensors/chunks.h"

namespace lockstep {

// THREADS: those of the Collectives.
class GradientExchange {
 public:
  virtual ~GradientExchange() = default;

  // What each rank owns, in their order.
  virtual const std::vector<ElementRange>& shards() const = 0;
  // How this rank adds up its lanes.
  virtual const LaneFold& fold() const = 0;

  // [elements], 0.0 at first: the buffer of fold() with this index, for the owner of the exchange
  // to write to. Others read it between start() and finish().
  virtual std::span<float> buffer(std::size_t index) = 0;
  // [shard]: where the sum over all lanes is after finish(). It lies in the first buffer where
  // there is one.
  virtual std::span<float> sum() = 0;

  // COLLECTIVE, but waits for nobody. Begins a step.
  virtual void start() = 0;

  // The elements from `first` on are final in every node: others may have what is complete, and
  // what has arrived is added. Never waits. `first` only falls during a step.
  virtual void ready_from(std::int64_t first) = 0;

  // COLLECTIVE. All elements are final. Returns when the shard has its sum and the buffers may be
  // written again.
  virtual void finish() = 0;

  // COLLECTIVE. The way back: overwrites the shards of the others in `flat` [elements] with what
  // they have there.
  virtual void share(std::span<float> flat) = 0;
};

// COLLECTIVE. `collectives` must outlive the exchange. `elements` of the flat space. Where
// several hosts have as many ranks each, and more than one, what is sent is added up within them
// first.
std::unique_ptr<GradientExchange> make_gradient_exchange(World& world, Collectives& collectives,
                                                         const LanePlan& lanes,
                                                         std::int64_t elements);

}  // namespace lockstep
