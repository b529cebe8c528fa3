// SPDX-License-Identifier: Apache-2.0
#include "lanes/gradient_exchange.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace lockstep {
namespace {

// 4 MiB: small enough to start early and to need little memory, big enough to travel well.
constexpr std::int64_t kBucketElements = 64 * kChunkElements;
constexpr std::size_t kArrivalsAtOnce = 2;  // one is added while the next is on its way

ElementRange bucket_ending_at(std::int64_t last) {
  return {(last - 1) / kBucketElements * kBucketElements, last};
}

ElementRange common(const ElementRange& one, const ElementRange& other) {
  const std::int64_t first = std::max(one.first, other.first);
  return {first, std::max(first, std::min(one.last, other.last))};
}

std::vector<TreeNode> joined(const std::vector<std::vector<TreeNode>>& nodes) {
  std::vector<TreeNode> all;
  for (const std::vector<TreeNode>& some : nodes) all.insert(all.end(), some.begin(), some.end());
  return all;
}

std::size_t as_size(std::int64_t count) { return static_cast<std::size_t>(count); }

}  // namespace

GradientExchange::GradientExchange(const World& world, Collectives& collectives,
                                   const LanePlan& lanes, std::int64_t elements)
    : rank_(world.rank()),
      collectives_(collectives),
      elements_(elements),
      nodes_of_ranks_(nodes_of_ranks(lanes, world.size())),
      fold_(lane_fold(nodes_of_ranks_[as_size(world.rank())])),
      sum_(joined(nodes_of_ranks_), lanes.lanes),
      shards_(all_shards(elements, world.size())),
      shard_(shards_[as_size(world.rank())]) {
  for (std::int64_t last = elements; last > 0;) {
    const ElementRange bucket = bucket_ending_at(last);
    const ElementRange mine = common(bucket, shard_);
    if (mine.count() > 0) incoming_.push_back(mine);
    last = bucket.first;
  }
}

void GradientExchange::start(std::vector<float*> nodes, std::span<float> shard) {
  nodes_ = std::move(nodes);
  sum_of_shard_ = shard;
  ready_ = elements_;
  sent_ = elements_;
  next_incoming_ = 0;
  receive_more();
}

void GradientExchange::ready_from(std::int64_t first) {
  ready_ = first;
  while (sent_ > ready_) {
    const ElementRange bucket = bucket_ending_at(sent_);
    if (bucket.first < ready_) break;
    send(bucket);
    sent_ = bucket.first;
  }
  add_arrivals();
}

void GradientExchange::finish() {
  ready_from(0);
  while (!arriving_.empty()) {
    arriving_.front().transfers->wait();
    add_arrivals();
  }
  for (const std::unique_ptr<PendingTransfers>& transfers : leaving_) transfers->wait();
  leaving_.clear();
}

void GradientExchange::send(const ElementRange& bucket) {
  std::vector<Outgoing> outgoing;
  for (std::size_t peer = 0; peer < shards_.size(); ++peer) {
    const ElementRange theirs = common(bucket, shards_[peer]);
    if (static_cast<int>(peer) == rank_ || theirs.count() == 0) continue;
    for (const float* const node : nodes_)
      outgoing.push_back({.peer = static_cast<int>(peer),
                          .values = {node + theirs.first, as_size(theirs.count())}});
  }
  if (!outgoing.empty()) leaving_.push_back(collectives_.start(outgoing, {}));
}

void GradientExchange::receive_more() {
  const std::size_t nodes_of_others = sum_.sources() - nodes_.size();
  while (next_incoming_ < incoming_.size() && arriving_.size() < kArrivalsAtOnce) {
    Arrival arrival{.range = incoming_[next_incoming_++]};
    const std::size_t count = as_size(arrival.range.count());
    if (!spare_.empty()) {
      arrival.values = std::move(spare_.back());
      spare_.pop_back();
    }
    arrival.values.resize(std::max(arrival.values.size(), nodes_of_others * count));
    std::span<float> rest = arrival.values;
    std::vector<Incoming> incoming;
    for (std::size_t peer = 0; peer < nodes_of_ranks_.size(); ++peer) {
      if (static_cast<int>(peer) == rank_) continue;
      for (std::size_t node = 0; node < nodes_of_ranks_[peer].size(); ++node) {
        incoming.push_back({.peer = static_cast<int>(peer), .values = rest.first(count)});
        rest = rest.subspan(count);
      }
    }
    arrival.transfers = collectives_.start({}, incoming);
    arriving_.push_back(std::move(arrival));
  }
}

void GradientExchange::add_arrivals() {
  while (!arriving_.empty() && arriving_.front().range.first >= ready_ &&
         arriving_.front().transfers->poll()) {
    add(arriving_.front());
    spare_.push_back(std::move(arriving_.front().values));
    arriving_.pop_front();
    receive_more();
  }
}

// The sources in the order of the ranks, which is that of the lanes.
void GradientExchange::add(const Arrival& arrival) {
  const std::size_t count = as_size(arrival.range.count());
  const float* received = arrival.values.data();
  std::vector<const float*> sources;
  for (std::size_t rank = 0; rank < nodes_of_ranks_.size(); ++rank) {
    for (std::size_t node = 0; node < nodes_of_ranks_[rank].size(); ++node) {
      const bool is_mine = static_cast<int>(rank) == rank_;
      sources.push_back(is_mine ? nodes_[node] + arrival.range.first : received);
      if (!is_mine) received += count;
    }
  }
  sum_.add(sources, sum_of_shard_.subspan(as_size(arrival.range.first - shard_.first), count));
}

}  // namespace lockstep
