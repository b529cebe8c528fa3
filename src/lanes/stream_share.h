// SPDX-License-Identifier: Apache-2.0
// The way back of StreamExchange: what every rank has in its shard comes to all of them, as work of
// a stream, from the beginning of the flat space to its end, which is the order in which a forward
// pass needs it. A bucket is the shard of one rank or two, so it goes two ways here too: a piece to
// each rank, and from there to all, together with the pieces of the next bucket.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "comm/gpu_collectives.h"
#include "lanes/stream_exchange.h"
#include "tensors/chunks.h"

namespace lockstep {

// THREADS: those of the GpuCollectives.
class StreamShare {
 public:
  // `collectives` must outlive it. `elements` of the flat space.
  StreamShare(const World& world, GpuCollectives& collectives, std::int64_t elements,
              std::int64_t bucket_elements = kStreamBucketElements);

  // COLLECTIVE, but waits for nobody. Overwrites the shards of the others in `flat` [elements], as
  // work of `stream`. Calls `there` as that is started: all elements before `last` are there for
  // what follows on `stream`.
  void run(std::span<float> flat, CUstream_st* stream,
           const std::function<void(std::int64_t last)>& there);

 private:
  void list_pieces(const ElementRange& bucket, std::span<float> flat, Messages& messages) const;
  void list_wholes(const ElementRange& bucket, std::span<float> flat, Messages& messages) const;
  ElementRange part(const ElementRange& bucket, int holder, int owner) const;

  const int rank_;
  GpuCollectives& collectives_;
  const std::vector<ElementRange> shards_;
  std::vector<ElementRange> buckets_;
};

}  // namespace lockstep
