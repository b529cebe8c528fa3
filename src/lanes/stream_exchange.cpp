// SPDX-License-Identifier: Apache-2.0
#include "lanes/stream_exchange.h"

#include <algorithm>
#include <utility>

namespace lockstep {
namespace {

constexpr std::int64_t kPieceGrain = 1024;

// Or more. Whole grains.
std::int64_t largest_piece(std::int64_t bucket_elements, std::int64_t ranks) {
  const std::int64_t grains = (bucket_elements + kPieceGrain - 1) / kPieceGrain;
  return (grains / ranks + 1) * kPieceGrain;
}

}  // namespace

ElementRange piece_of(const ElementRange& bucket, std::int64_t rank, std::int64_t ranks) {
  const std::int64_t grains = (bucket.count() + kPieceGrain - 1) / kPieceGrain;
  const auto edge = [&](std::int64_t index) {
    return std::min(bucket.last, bucket.first + grains * index / ranks * kPieceGrain);
  };
  return {edge(rank), edge(rank + 1)};
}

StreamExchange::StreamExchange(const World& world, GpuCollectives& collectives,
                               const LanePlan& lanes, std::int64_t elements, StreamAdd add,
                               std::int64_t bucket_elements)
    : rank_(world.rank()),
      collectives_(collectives),
      elements_(elements),
      bucket_elements_(bucket_elements),
      place_elements_(largest_piece(std::min(elements, bucket_elements), world.size())),
      shards_(all_shards(elements, world.size())),
      nodes_(nodes_of_ranks(lanes, world.size())),
      sum_of_nodes_(all_nodes(lanes, world.size()), lanes.lanes),
      add_(std::move(add)) {}

// A place for every node of the others, and one for the sum.
std::int64_t StreamExchange::scratch_elements() const {
  const std::size_t others = sum_of_nodes_.sources() - nodes_[as_size(rank_)].size();
  return static_cast<std::int64_t>(others + 1) * place_elements_;
}

void StreamExchange::start() {
  sent_ = elements_;
  added_.reset();
}

void StreamExchange::ready_from(std::int64_t first, CUstream_st* stream) {
  while (sent_ > first) {
    const ElementRange bucket{(sent_ - 1) / bucket_elements_ * bucket_elements_, sent_};
    if (bucket.first < first) break;
    advance(bucket, stream);
    sent_ = bucket.first;
  }
}

void StreamExchange::finish(CUstream_st* stream) {
  ready_from(0, stream);
  advance(std::nullopt, stream);
}

// The pieces of one bucket travel together with the sums of the one before.
void StreamExchange::advance(const std::optional<ElementRange>& bucket, CUstream_st* stream) {
  Messages messages;
  if (bucket) list_pieces(*bucket, messages);
  if (added_) list_sums(*added_, messages);
  if (!messages.outgoing.empty() || !messages.incoming.empty())
    collectives_.start(messages.outgoing, messages.incoming, stream);
  if (bucket) add_piece(*bucket, stream);
  added_ = bucket;
}

void StreamExchange::list_pieces(const ElementRange& bucket, Messages& messages) const {
  const ElementRange mine = piece(bucket, rank_);
  std::size_t next = 1;
  for (int peer = 0; peer < std::ssize(nodes_); ++peer) {
    if (peer == rank_) continue;
    const ElementRange theirs = piece(bucket, peer);
    if (theirs.count() > 0)
      for (const float* const node : memory_.nodes)
        messages.outgoing.push_back(
            {.peer = peer, .values = {node + theirs.first, as_size(theirs.count())}});
    if (mine.count() > 0)
      for (std::size_t i = 0; i < nodes_[as_size(peer)].size(); ++i)
        messages.incoming.push_back({.peer = peer, .values = place(next++, mine.count())});
  }
}

// Place 0 holds the sum of this rank's piece.
void StreamExchange::list_sums(const ElementRange& bucket, Messages& messages) const {
  const ElementRange mine = piece(bucket, rank_);
  const ElementRange shard = shards_[as_size(rank_)];
  for (int peer = 0; peer < std::ssize(nodes_); ++peer) {
    if (peer == rank_) continue;
    const ElementRange theirs = common_range(mine, shards_[as_size(peer)]);
    if (theirs.count() > 0)
      messages.outgoing.push_back(
          {.peer = peer,
           .values = place(0, mine.count())
                         .subspan(as_size(theirs.first - mine.first), as_size(theirs.count()))});
    const ElementRange for_me = common_range(piece(bucket, peer), shard);
    if (for_me.count() > 0)
      messages.incoming.push_back(
          {.peer = peer,
           .values =
               memory_.sum.subspan(as_size(for_me.first - shard.first), as_size(for_me.count()))});
  }
}

// What is in this rank's shard goes there, the rest to place 0.
void StreamExchange::add_piece(const ElementRange& bucket, CUstream_st* stream) const {
  const ElementRange mine = piece(bucket, rank_);
  for (int owner = 0; owner < std::ssize(shards_); ++owner) {
    const ElementRange shard = shards_[as_size(owner)];
    const ElementRange range = common_range(mine, shard);
    if (range.count() == 0) continue;
    const std::span<float> sum =
        owner == rank_ ? memory_.sum.subspan(as_size(range.first - shard.first))
                       : place(0, mine.count()).subspan(as_size(range.first - mine.first));
    add_(sum_of_nodes_, sources_at(range.first, mine), sum.first(as_size(range.count())), stream);
  }
}

// In the order of the ranks, which is that of the lanes.
std::vector<const float*> StreamExchange::sources_at(std::int64_t element,
                                                     const ElementRange& piece) const {
  std::vector<const float*> sources;
  std::size_t next = 1;
  for (int peer = 0; peer < std::ssize(nodes_); ++peer) {
    for (std::size_t i = 0; i < nodes_[as_size(peer)].size(); ++i)
      sources.push_back(peer == rank_
                            ? memory_.nodes[i] + element
                            : place(next++, piece.count()).data() + (element - piece.first));
  }
  return sources;
}

ElementRange StreamExchange::piece(const ElementRange& bucket, int rank) const {
  return piece_of(bucket, rank, std::ssize(shards_));
}

std::span<float> StreamExchange::place(std::size_t index, std::int64_t count) const {
  return memory_.scratch.subspan(index * as_size(place_elements_), as_size(count));
}

}  // namespace lockstep
