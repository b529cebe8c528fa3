// SPDX-License-Identifier: Apache-2.0
// The way back of StreamExchange: what every rank has in its shard comes to all of them, as work of
// a stream, from the beginning of the flat space to its end, which is the order in which a forward
// pass needs it. A bucket is the shard of one rank or two, so it goes to all others in hops: within
// the host of its owner a part to each place, from there a piece to each host, from host to host,
// and within each host. Between hosts only ranks of the same place talk to each other. All this
// overlaps, too.
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "comm/stream_collectives.h"
#include "lanes/bucket_cut.h"
#include "tensors/chunks.h"

namespace lockstep {

// THREADS: those of the StreamCollectives.
class StreamShare {
 public:
  // `collectives` must outlive it. `elements` of the flat space.
  StreamShare(int rank, const RankGrid& grid, StreamCollectives& collectives, std::int64_t elements,
              std::int64_t bucket_elements = kStreamBucketElements);

  // COLLECTIVE, but waits for nobody. Overwrites the shards of the others in `flat` [elements], as
  // work of `stream`. Calls `there` as that is started: all elements before `last` are there for
  // what follows on `stream`.
  void run(std::span<float> flat, CUstream_st* stream,
           const std::function<void(std::int64_t last)>& there);

 private:
  using Flat = std::span<float>;

  using Hop = void (StreamShare::*)(const ElementRange& bucket, Flat flat,
                                    Messages& messages) const;

  void to_places(const ElementRange& bucket, Flat flat, Messages& messages) const;
  void to_hosts(const ElementRange& bucket, Flat flat, Messages& messages) const;
  void between_hosts(const ElementRange& bucket, Flat flat, Messages& messages) const;
  void within_hosts(const ElementRange& bucket, Flat flat, Messages& messages) const;
  std::vector<Hop> hops() const;

  const int rank_;
  const RankGrid grid_;
  StreamCollectives& collectives_;
  const std::vector<ElementRange> shards_;
  std::vector<ElementRange> buckets_;
};

}  // namespace lockstep
