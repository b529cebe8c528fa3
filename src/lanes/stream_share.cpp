// SPDX-License-Identifier: Apache-2.0
#include "lanes/stream_share.h"

#include <algorithm>

namespace lockstep {
namespace {

void send(int peer, const ElementRange& range, std::span<float> flat, Messages& messages) {
  if (range.count() > 0)
    messages.outgoing.push_back({.peer = peer, .values = part_of(flat, range)});
}

void receive(int peer, const ElementRange& range, std::span<float> flat, Messages& messages) {
  if (range.count() > 0)
    messages.incoming.push_back({.peer = peer, .values = part_of(flat, range)});
}

}  // namespace

StreamShare::StreamShare(int rank, const RankGrid& grid, StreamCollectives& collectives,
                         std::int64_t elements, std::int64_t bucket_elements)
    : rank_(rank),
      grid_(grid),
      collectives_(collectives),
      shards_(all_shards(elements, grid.ranks())) {
  for (std::int64_t first = 0; first < elements; first += bucket_elements)
    buckets_.push_back({first, std::min(elements, first + bucket_elements)});
}

std::vector<StreamShare::Hop> StreamShare::hops() const {
  if (grid_.places() == 1) return {&StreamShare::to_hosts, &StreamShare::between_hosts};
  return {&StreamShare::to_places, &StreamShare::to_hosts, &StreamShare::between_hosts,
          &StreamShare::within_hosts};
}

// Every bucket is one hop behind the one before.
void StreamShare::run(std::span<float> flat, CUstream_st* stream,
                      const std::function<void(std::int64_t last)>& there) {
  const std::vector<Hop> all = hops();
  for (std::size_t i = 0; i + 1 < buckets_.size() + all.size(); ++i) {
    Messages messages;
    for (std::size_t hop = 0; hop < all.size(); ++hop)
      if (i >= hop && i - hop < buckets_.size())
        (this->*all[hop])(buckets_[i - hop], flat, messages);
    if (!messages.outgoing.empty() || !messages.incoming.empty())
      collectives_.start(messages.outgoing, messages.incoming, stream);
    if (i + 1 >= all.size()) there(buckets_[i + 1 - all.size()].last);
  }
}

void StreamShare::to_places(const ElementRange& bucket, Flat flat, Messages& messages) const {
  for (int place = 0; place < grid_.places(); ++place) {
    const int peer = grid_.rank_at(grid_.host_of(rank_), place);
    if (peer == rank_) continue;
    send(peer, common_range(part_of_place(bucket, grid_, place), shards_[as_size(rank_)]), flat,
         messages);
    receive(
        peer,
        common_range(part_of_place(bucket, grid_, grid_.place_of(rank_)), shards_[as_size(peer)]),
        flat, messages);
  }
}

// What is of the shards of this host's ranks.
void StreamShare::to_hosts(const ElementRange& bucket, Flat flat, Messages& messages) const {
  for (int host = 0; host < grid_.hosts(); ++host) {
    const int peer = grid_.rank_at(host, grid_.place_of(rank_));
    if (peer == rank_) continue;
    for (int place = 0; place < grid_.places(); ++place) {
      const ElementRange& here = shards_[as_size(grid_.rank_at(grid_.host_of(rank_), place))];
      const ElementRange& theirs = shards_[as_size(grid_.rank_at(host, place))];
      send(peer, common_range(piece_of_rank(bucket, grid_, peer), here), flat, messages);
      receive(peer, common_range(piece_of_rank(bucket, grid_, rank_), theirs), flat, messages);
    }
  }
}

// A host has what is of its own ranks' shards.
void StreamShare::between_hosts(const ElementRange& bucket, Flat flat, Messages& messages) const {
  for (int host = 0; host < grid_.hosts(); ++host) {
    const int peer = grid_.rank_at(host, grid_.place_of(rank_));
    if (peer == rank_) continue;
    for (int owner = 0; owner < grid_.ranks(); ++owner) {
      const ElementRange& shard = shards_[as_size(owner)];
      if (grid_.host_of(owner) != host)
        send(peer, common_range(piece_of_rank(bucket, grid_, rank_), shard), flat, messages);
      if (grid_.host_of(owner) != grid_.host_of(rank_))
        receive(peer, common_range(piece_of_rank(bucket, grid_, peer), shard), flat, messages);
    }
  }
}

void StreamShare::within_hosts(const ElementRange& bucket, Flat flat, Messages& messages) const {
  const ElementRange mine = part_of_place(bucket, grid_, grid_.place_of(rank_));
  for (int place = 0; place < grid_.places(); ++place) {
    const int peer = grid_.rank_at(grid_.host_of(rank_), place);
    if (peer == rank_) continue;
    for (int owner = 0; owner < grid_.ranks(); ++owner) {
      const ElementRange& shard = shards_[as_size(owner)];
      if (owner != peer) send(peer, common_range(mine, shard), flat, messages);
      if (owner != rank_)
        receive(peer, common_range(part_of_place(bucket, grid_, place), shard), flat, messages);
    }
  }
}

}  // namespace lockstep
