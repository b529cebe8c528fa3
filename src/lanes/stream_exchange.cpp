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
      part_elements_(largest_piece(std::min(elements, bucket_elements), grid.places())),
      place_elements_(largest_piece(part_elements_, grid.hosts())),
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
  lanes.reserve(nodes.size());
  for (const HostNode& node : nodes) lanes.push_back(node.lanes);
  return lanes;
}

std::int64_t StreamExchange::scratch_elements() const {
  return static_cast<std::int64_t>(nodes_.size() + 1) * place_elements_ +
         (fold_.is_needed() ? 2 * part_elements_ : 0) + fold_.scratch_elements();
}

void StreamExchange::use(const Memory& memory) {
  const std::size_t places = (nodes_.size() + 1) * as_size(place_elements_);
  const std::size_t landed = fold_.is_needed() ? 2 * as_size(part_elements_) : 0;
  sum_ = memory.sum;
  scratch_ = memory.scratch.first(places);
  landed_ = memory.scratch.subspan(places, landed);
  fold_.use(memory.nodes, memory.scratch.subspan(places + landed));
}

void StreamExchange::start() {
  sent_ = elements_;
  folded_.reset();
  added_.reset();
  landed_bucket_.reset();
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
  while (folded_ || added_ || landed_bucket_) advance(std::nullopt, stream);
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
  if (landed_bucket_) list_owners(*landed_bucket_, messages);
  if (!messages.outgoing.empty() || !messages.incoming.empty())
    collectives_.start(messages.outgoing, messages.incoming, stream);
  if (to_add) add_piece(*to_add, stream);
  if (to_fold) fold_.add(*to_fold, stream);
  landed_bucket_ = fold_.is_needed() ? added_ : std::nullopt;
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

// To the rank of this place on the host of the owner, who is that rank where each host has one.
void StreamExchange::list_sums(const ElementRange& bucket, Messages& messages) const {
  const ElementRange mine = piece(bucket, rank_);
  for (int owner = 0; owner < grid_.ranks(); ++owner) {
    const ElementRange& shard = shards_[as_size(owner)];
    const int there = grid_.rank_at(grid_.host_of(owner), grid_.place_of(rank_));
    const ElementRange range = common_range(mine, shard);
    if (there != rank_ && range.count() > 0)
      messages.outgoing.push_back(
          {.peer = there,
           .values = sum_place(mine.count())
                         .subspan(as_size(range.first - mine.first), as_size(range.count()))});
    if (!is_here(owner)) continue;
    for (int host = 0; host < grid_.hosts(); ++host) {
      const int peer = grid_.rank_at(host, grid_.place_of(rank_));
      const ElementRange theirs = common_range(piece(bucket, peer), shard);
      if (peer != rank_ && theirs.count() > 0)
        messages.incoming.push_back({.peer = peer, .values = landing(bucket, owner, theirs)});
    }
  }
}

// Within the host of the owner.
void StreamExchange::list_owners(const ElementRange& bucket, Messages& messages) const {
  const ElementRange& shard = shards_[as_size(rank_)];
  for (int place = 0; place < grid_.places(); ++place) {
    const int peer = grid_.rank_at(grid_.host_of(rank_), place);
    if (peer == rank_) continue;
    const ElementRange theirs = common_range(part(bucket, rank_), shards_[as_size(peer)]);
    if (theirs.count() > 0)
      messages.outgoing.push_back({.peer = peer, .values = landing(bucket, peer, theirs)});
    const ElementRange for_me = common_range(part(bucket, peer), shard);
    if (for_me.count() > 0)
      messages.incoming.push_back({.peer = peer, .values = landing(bucket, rank_, for_me)});
  }
}

// What is for this host goes to where it lands, the rest to the place of the sum.
void StreamExchange::add_piece(const ElementRange& bucket, CUstream_st* stream) const {
  const ElementRange mine = piece(bucket, rank_);
  for (int owner = 0; owner < std::ssize(shards_); ++owner) {
    const ElementRange range = common_range(mine, shards_[as_size(owner)]);
    if (range.count() == 0) continue;
    const std::span<float> sum =
        is_here(owner) ? landing(bucket, owner, range)
                       : sum_place(mine.count())
                             .subspan(as_size(range.first - mine.first), as_size(range.count()));
    add_(sum_of_nodes_, sources_at(range.first, bucket), sum, stream);
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

ElementRange StreamExchange::part(const ElementRange& bucket, int rank) const {
  return part_of_place(bucket, grid_, grid_.place_of(rank));
}

// Where the sum of a range of this rank's part is before it is with its owner, or then.
std::span<float> StreamExchange::landing(const ElementRange& bucket, int owner,
                                         const ElementRange& range) const {
  if (owner == rank_)
    return part_of(sum_, {range.first - shards_[as_size(owner)].first,
                          range.last - shards_[as_size(owner)].first});
  const std::int64_t turn = bucket.first / bucket_elements_ % 2;
  const std::int64_t first = turn * part_elements_ + range.first - part(bucket, rank_).first;
  return part_of(landed_, {first, first + range.count()});
}

std::span<float> StreamExchange::sum_place(std::int64_t count) const {
  return scratch_.first(as_size(count));
}

std::span<float> StreamExchange::node_place(std::size_t node, std::int64_t count) const {
  return scratch_.subspan((node + 1) * as_size(place_elements_), as_size(count));
}

}  // namespace lockstep
