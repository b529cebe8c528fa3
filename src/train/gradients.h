// SPDX-License-Identifier: Apache-2.0
// Where the gradients of this rank's lanes lie, and how they become the gradient of the whole batch
// and parameters that all ranks have. On a GPU they are there, and everything is work of streams;
// to other ranks they go from GPU to GPU, or through host memory.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "comm/collectives.h"
#include "comm/stream_collectives.h"
#include "lanes/gradient_exchange.h"
#include "lanes/lane_plan.h"
#include "model/parameters.h"
#include "optim/step_numbers.h"

namespace lockstep {

class Gradients {
 public:
  virtual ~Gradients() = default;

  // Where they lie, and what follows from them is computed.
  virtual Where where() const = 0;

  // How this rank adds up its lanes, in buffer() of the same index: flat float32 [elements].
  virtual const LaneFold& fold() const = 0;
  virtual at::Tensor& buffer(std::size_t index) = 0;

  // Whether ready_from() is to hear of parts while a lane is computed.
  virtual bool takes_parts() const = 0;

  // As those of GradientExchange. On a GPU, what is final is so for what is started on the thread's
  // stream from then on.
  virtual void start() = 0;
  virtual void ready_from(std::int64_t first) = 0;
  virtual void finish() = 0;
  // [elements of the shard]: the sum over all lanes, after finish().
  virtual at::Tensor& sum() = 0;

  // COLLECTIVE. Every rank has updated its shard of the parameters; afterwards every rank has all.
  // Calls `there` once or more: all elements before `last` are, on a GPU for what is started on the
  // thread's stream from then on.
  using PartsThere = std::function<void(std::int64_t last)>;
  virtual void share_parameters(Parameters& parameters, const PartsThere& there) = 0;

  // COLLECTIVE. Of float64 numbers that lie where the gradients do, every rank has written its
  // ranges; afterwards every rank has all, on a GPU for what is started on the thread's stream from
  // then on. Throws Error(communication) where a rank does not answer any more.
  using RangesOfRanks = std::vector<std::vector<ElementRange>>;
  virtual void gather(at::Tensor& numbers, const RangesOfRanks& of_ranks) = 0;

  // Sends `numbers`, which follow from the gradients, to host memory as they will be once what was
  // started on the thread's stream so far is done.
  virtual void send_to_host(const at::Tensor& numbers) = 0;
  // What was sent last. Waits for it; throws Error(communication) where a rank that it comes from
  // does not answer any more.
  virtual const at::Tensor& on_host() = 0;

  // Returns when nothing that was started on the thread's stream so far waits for other ranks any
  // more: whoever then waits for the GPU does so for its own work. Throws as on_host() does.
  virtual void await_ranks() {}
};

// The ways that numbers have from rank to rank; all must outlive who uses them.
struct Ways {
  World& world;
  Collectives& collectives;
  StreamCollectives* between_gpus = nullptr;  // null: GPUs go through host memory
};

// COLLECTIVE. For a model of this placement.
std::unique_ptr<Gradients> make_gradients(const Ways& ways, const LanePlan& lanes,
                                          const Parameters& parameters);

}  // namespace lockstep
