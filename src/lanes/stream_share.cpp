// SPDX-License-Identifier: Apache-2.0
#include "lanes/stream_share.h"

#include <algorithm>

namespace lockstep {
StreamShare::StreamShare(const World& world, GpuCollectives& collectives, std::int64_t elements,
                         std::int64_t bucket_elements)
    : rank_(world.rank()), collectives_(collectives), shards_(all_shards(elements, world.size())) {
  for (std::int64_t first = 0; first < elements; first += bucket_elements)
    buckets_.push_back({first, std::min(elements, first + bucket_elements)});
}

void StreamShare::run(std::span<float> flat, CUstream_st* stream,
                      const std::function<void(std::int64_t last)>& there) {
  for (std::size_t i = 0; i <= buckets_.size(); ++i) {
    Messages messages;
    if (i < buckets_.size()) list_pieces(buckets_[i], flat, messages);
    if (i > 0) list_wholes(buckets_[i - 1], flat, messages);
    if (!messages.outgoing.empty() || !messages.incoming.empty())
      collectives_.start(messages.outgoing, messages.incoming, stream);
    if (i > 0) there(buckets_[i - 1].last);
  }
}

// What `holder` is to pass on of `owner`'s shard.
ElementRange StreamShare::part(const ElementRange& bucket, int holder, int owner) const {
  return common_range(piece_of(bucket, holder, std::ssize(shards_)),
                      shards_[static_cast<std::size_t>(owner)]);
}

void StreamShare::list_pieces(const ElementRange& bucket, std::span<float> flat,
                              Messages& messages) const {
  for (int peer = 0; peer < std::ssize(shards_); ++peer) {
    if (peer == rank_) continue;
    if (const ElementRange range = part(bucket, peer, rank_); range.count() > 0)
      messages.outgoing.push_back({.peer = peer, .values = part_of(flat, range)});
    if (const ElementRange range = part(bucket, rank_, peer); range.count() > 0)
      messages.incoming.push_back({.peer = peer, .values = part_of(flat, range)});
  }
}

// A rank has its own shard, and its own piece.
void StreamShare::list_wholes(const ElementRange& bucket, std::span<float> flat,
                              Messages& messages) const {
  for (int peer = 0; peer < std::ssize(shards_); ++peer) {
    if (peer == rank_) continue;
    for (int owner = 0; owner < std::ssize(shards_); ++owner) {
      const ElementRange mine = part(bucket, rank_, owner);
      if (owner != peer && mine.count() > 0)
        messages.outgoing.push_back({.peer = peer, .values = part_of(flat, mine)});
      const ElementRange theirs = part(bucket, peer, owner);
      if (owner != rank_ && theirs.count() > 0)
        messages.incoming.push_back({.peer = peer, .values = part_of(flat, theirs)});
    }
  }
}

}  // namespace lockstep
