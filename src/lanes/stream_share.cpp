// SPDX-License-Identifier: Apache-2.0
#include "lanes/stream_share.h"

#include <algorithm>

namespace lockstep {

StreamShare::StreamShare(int rank, const RankGrid& grid, StreamCollectives& collectives,
                         std::int64_t elements, std::int64_t bucket_elements)
    : rank_(rank),
      grid_(grid),
      collectives_(collectives),
      shards_(all_shards(elements, grid.ranks())) {
  for (std::int64_t first = 0; first < elements; first += bucket_elements)
    buckets_.push_back({first, std::min(elements, first + bucket_elements)});
}

void StreamShare::run(std::span<float> flat, CUstream_st* stream,
                      const std::function<void(std::int64_t last)>& there) {
  const std::size_t hops = grid_.places() > 1 ? 3 : 2;
  for (std::size_t i = 0; i + 1 < buckets_.size() + hops; ++i) {
    Messages messages;
    if (i < buckets_.size()) list_pieces(buckets_[i], flat, messages);
    if (i >= 1 && i - 1 < buckets_.size()) list_parts(buckets_[i - 1], flat, messages);
    if (hops == 3 && i >= 2) list_wholes(buckets_[i - 2], flat, messages);
    if (!messages.outgoing.empty() || !messages.incoming.empty())
      collectives_.start(messages.outgoing, messages.incoming, stream);
    if (i + 1 >= hops) there(buckets_[i + 1 - hops].last);
  }
}

// From whose shard it is to the rank that passes it on.
void StreamShare::list_pieces(const ElementRange& bucket, Flat flat, Messages& messages) const {
  const ElementRange shard = shards_[as_size(rank_)];
  const ElementRange mine = piece_of_rank(bucket, grid_, rank_);
  for (int peer = 0; peer < grid_.ranks(); ++peer) {
    if (peer == rank_) continue;
    const ElementRange out = common_range(piece_of_rank(bucket, grid_, peer), shard);
    const ElementRange in = common_range(mine, shards_[as_size(peer)]);
    if (out.count() > 0) messages.outgoing.push_back({.peer = peer, .values = part_of(flat, out)});
    if (in.count() > 0) messages.incoming.push_back({.peer = peer, .values = part_of(flat, in)});
  }
}

// Between the ranks of one place.
void StreamShare::list_parts(const ElementRange& bucket, Flat flat, Messages& messages) const {
  for (int host = 0; host < grid_.hosts(); ++host) {
    const int peer = grid_.rank_at(host, grid_.place_of(rank_));
    if (peer != rank_)
      list(peer, piece_of_rank(bucket, grid_, rank_), piece_of_rank(bucket, grid_, peer), flat,
           messages);
  }
}

// Between the ranks of one host.
void StreamShare::list_wholes(const ElementRange& bucket, Flat flat, Messages& messages) const {
  const ElementRange mine = part_of_place(bucket, grid_, grid_.place_of(rank_));
  for (int place = 0; place < grid_.places(); ++place) {
    const int peer = grid_.rank_at(grid_.host_of(rank_), place);
    if (peer != rank_) list(peer, mine, part_of_place(bucket, grid_, place), flat, messages);
  }
}

// `mine` to the peer and `theirs` from there, but for what is in the shard of who would get it.
void StreamShare::list(int peer, const ElementRange& mine, const ElementRange& theirs, Flat flat,
                       Messages& messages) const {
  for (int owner = 0; owner < grid_.ranks(); ++owner) {
    const ElementRange out = common_range(mine, shards_[as_size(owner)]);
    const ElementRange in = common_range(theirs, shards_[as_size(owner)]);
    if (owner != peer && out.count() > 0)
      messages.outgoing.push_back({.peer = peer, .values = part_of(flat, out)});
    if (owner != rank_ && in.count() > 0)
      messages.incoming.push_back({.peer = peer, .values = part_of(flat, in)});
  }
}

}  // namespace lockstep
