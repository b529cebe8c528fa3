// SPDX-License-Identifier: Apache-2.0
#include "lanes/stream_exchange.h"

#include <algorithm>
#include <utility>

namespace lockstep {

StreamExchange::StreamExchange(int rank, const RankGrid& grid, StreamCollectives& collectives,
                               const LanePlan& lanes, std::int64_t elements, const StreamAdd& add,
                               std::int64_t bucket_elements)
    : rank_(rank),
      grid_(grid),
      collectives_(collectives),
      elements_(elements),
      bucket_elements_(bucket_elements),
      shards_(all_shards(elements, grid.ranks())),
      nodes_(nodes_of_hosts(grid, lanes)),
      sum_of_nodes_(lanes_of(nodes_), {0, lanes.lanes}),
      fold_(rank, grid, nodes_of_ranks(lanes, grid.ranks()), lanes.lanes,
            std::min(elements, bucket_elements), add),
      place_elements_(largest_piece(
          largest_piece(std::min(elements, bucket_elements), grid.places()), grid.hosts())),
      add_(add) {}

std::vector<StreamExchange::HostNode> StreamExchange::nodes_of_hosts(const RankGrid& grid,
                                                                     const LanePlan& lanes) {
  const NodesOfRanks of_ranks = nodes_of_ranks(lanes, grid.ranks());
  std::vector<HostNode> nodes;
  for (int host = 0; host < grid.hosts(); ++host) {
    std::size_t index = 0;
    for (const TreeNode& node : nodes_of_host(grid, host, of_ranks, lanes.lanes))
      nodes.push_back({.lanes = node, .host = host, .index = index++});
  }
  std::ranges::sort(nodes, {}, [](const HostNode& node) { return node.lanes.first; });
  return nodes;
}

std::vector<TreeNode> StreamExchange::lanes_of(const std::vector<HostNode>& nodes) {
  std::vector<TreeNode> lanes;
  for (const HostNode& node : nodes) lanes.push_back(node.lanes);
  return lanes;
}

std::int64_t StreamExchange::scratch_elements() const {
  return static_cast<std::int64_t>(nodes_.size() + 1) * place_elements_ + fold_.scratch_elements();
}

void StreamExchange::use(const Memory& memory) {
  const std::size_t own = (nodes_.size() + 1) * as_size(place_elements_);
  sum_ = memory.sum;
  scratch_ = memory.scratch.first(own);
  fold_.use(memory.nodes, memory.scratch.subspan(own));
}

void StreamExchange::start() {
  sent_ = elements_;
  folded_.reset();
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
  while (folded_ || added_) advance(std::nullopt, stream);
}

// A bucket that needs no adding up within hosts is as if it were. Before the next one is added up
// there, the pieces of the one before are added: they lie in the same place.
void StreamExchange::advance(const Bucket& bucket, CUstream_st* stream) {
  const Bucket to_fold = fold_.is_needed() ? bucket : std::nullopt;
  const Bucket to_add = fold_.is_needed() ? std::exchange(folded_, bucket) : bucket;
  Messages messages;
  if (to_fold) fold_.list(*to_fold, messages);
  if (to_add) list_pieces(*to_add, messages);
  if (added_) list_sums(*added_, messages);
  if (!messages.outgoing.empty() || !messages.incoming.empty())
    collectives_.start(messages.outgoing, messages.incoming, stream);
  if (to_add) add_piece(*to_add, stream);
  if (to_fold) fold_.add(*to_fold, stream);
  added_ = to_add;
}

// Between the ranks that have the same place on their hosts.
void StreamExchange::list_pieces(const ElementRange& bucket, Messages& messages) const {
  const int here = grid_.host_of(rank_);
  const ElementRange mine = piece(bucket, rank_);
  for (int host = 0; host < grid_.hosts(); ++host) {
    if (host == here) continue;
    const int peer = grid_.rank_at(host, grid_.place_of(rank_));
    const ElementRange theirs = piece(bucket, peer);
    if (theirs.count() > 0)
      for (std::size_t i = 0; i < fold_.nodes(); ++i)
        messages.outgoing.push_back(
            {.peer = peer,
             .values = {fold_.node(i, bucket, theirs.first), as_size(theirs.count())}});
    if (mine.count() == 0) continue;
    for (std::size_t i = 0; i < nodes_.size(); ++i)
      if (nodes_[i].host == host)
        messages.incoming.push_back({.peer = peer, .values = node_place(i, mine.count())});
  }
}

void StreamExchange::list_sums(const ElementRange& bucket, Messages& messages) const {
  const ElementRange mine = piece(bucket, rank_);
  const ElementRange shard = shards_[as_size(rank_)];
  for (int peer = 0; peer < grid_.ranks(); ++peer) {
    if (peer == rank_) continue;
    const ElementRange theirs = common_range(mine, shards_[as_size(peer)]);
    if (theirs.count() > 0)
      messages.outgoing.push_back(
          {.peer = peer,
           .values = sum_place(mine.count())
                         .subspan(as_size(theirs.first - mine.first), as_size(theirs.count()))});
    const ElementRange for_me = common_range(piece(bucket, peer), shard);
    if (for_me.count() > 0)
      messages.incoming.push_back(
          {.peer = peer,
           .values = sum_.subspan(as_size(for_me.first - shard.first), as_size(for_me.count()))});
  }
}

// What is in this rank's shard goes there, the rest to the place of the sum.
void StreamExchange::add_piece(const ElementRange& bucket, CUstream_st* stream) const {
  const ElementRange mine = piece(bucket, rank_);
  for (int owner = 0; owner < std::ssize(shards_); ++owner) {
    const ElementRange shard = shards_[as_size(owner)];
    const ElementRange range = common_range(mine, shard);
    if (range.count() == 0) continue;
    const std::span<float> sum =
        owner == rank_ ? sum_.subspan(as_size(range.first - shard.first))
                       : sum_place(mine.count()).subspan(as_size(range.first - mine.first));
    add_(sum_of_nodes_, sources_at(range.first, bucket), sum.first(as_size(range.count())), stream);
  }
}

// In the order of the lanes.
std::vector<const float*> StreamExchange::sources_at(std::int64_t element,
                                                     const ElementRange& bucket) const {
  const ElementRange mine = piece(bucket, rank_);
  std::vector<const float*> sources;
  for (std::size_t i = 0; i < nodes_.size(); ++i)
    sources.push_back(nodes_[i].host == grid_.host_of(rank_)
                          ? fold_.node(nodes_[i].index, bucket, element)
                          : node_place(i, mine.count()).data() + (element - mine.first));
  return sources;
}

ElementRange StreamExchange::piece(const ElementRange& bucket, int rank) const {
  return piece_of_rank(bucket, grid_, rank);
}

std::span<float> StreamExchange::sum_place(std::int64_t count) const {
  return scratch_.first(as_size(count));
}

std::span<float> StreamExchange::node_place(std::size_t node, std::int64_t count) const {
  return scratch_.subspan((node + 1) * as_size(place_elements_), as_size(count));
}

}  // namespace lockstep
