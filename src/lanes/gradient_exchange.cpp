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

// From one buffer of a window to the next: every one begins a page.
std::size_t stride(std::int64_t elements) {
  constexpr std::size_t kPage = 1024;
  return (as_size(elements) + kPage - 1) / kPage * kPage;
}

}  // namespace

GradientExchange::GradientExchange(const World& world, Collectives& collectives,
                                   const LanePlan& lanes, std::int64_t elements)
    : rank_(world.rank()),
      collectives_(collectives),
      elements_(elements),
      shards_(all_shards(elements, world.size())),
      shard_(shards_[as_size(world.rank())]),
      peers_(peers_of(lanes, shards_)),
      fold_(lane_fold(peers_[as_size(world.rank())].nodes)),
      sum_of_nodes_(all_nodes(lanes, world.size()), {0, lanes.lanes}),
      buffers_(collectives.share(fold_.buffers * stride(elements))) {
  if (fold_.buffers == 0) sum_without_buffers_.resize(as_size(shard_.count()));
  for (std::int64_t last = elements; last > 0;) {
    const ElementRange bucket = bucket_ending_at(last);
    const ElementRange mine = common_range(bucket, shard_);
    if (mine.count() > 0) incoming_.push_back(mine);
    last = bucket.first;
  }
  find_windows();
}

std::vector<GradientExchange::Peer> GradientExchange::peers_of(
    const LanePlan& lanes, const std::vector<ElementRange>& shards) {
  std::vector<Peer> peers;
  for (const std::vector<TreeNode>& nodes : nodes_of_ranks(lanes, std::ssize(shards)))
    peers.push_back(
        {.rank = static_cast<int>(peers.size()), .nodes = nodes, .shard = shards[peers.size()]});
  return peers;
}

void GradientExchange::find_windows() {
  for (Peer& peer : peers_) {
    std::optional<std::span<const float>> window = buffers_->of(peer.rank);
    if (peer.rank == rank_) window = buffers_->mine();
    peer.is_read = window.has_value();
    if (window) peer.window = window->data();
  }
}

std::span<float> GradientExchange::buffer(std::size_t index) {
  return buffers_->mine().subspan(index * stride(elements_), as_size(elements_));
}

std::span<float> GradientExchange::sum() {
  if (fold_.buffers == 0) return sum_without_buffers_;
  return buffer(0).subspan(as_size(shard_.first), as_size(shard_.count()));
}

void GradientExchange::start() {
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
  wait_for_readers();
}

void GradientExchange::send(const ElementRange& bucket) {
  std::vector<Outgoing> outgoing;
  for (const Peer& peer : peers_) {
    const ElementRange theirs = common_range(bucket, peer.shard);
    if (peer.rank == rank_ || theirs.count() == 0) continue;
    for (std::size_t i = 0; i < fold_.nodes; ++i) {
      const std::size_t count = peer.is_read ? 0 : as_size(theirs.count());
      outgoing.push_back(
          {.peer = peer.rank, .values = buffer(i).subspan(as_size(theirs.first), count)});
    }
  }
  if (!outgoing.empty()) leaving_.push_back(collectives_.start(outgoing, {}));
}

void GradientExchange::receive_more() {
  while (next_incoming_ < incoming_.size() && arriving_.size() < kArrivalsAtOnce) {
    Arrival arrival{.range = incoming_[next_incoming_++]};
    const std::size_t count = as_size(arrival.range.count());
    if (!spare_.empty()) {
      arrival.values = std::move(spare_.back());
      spare_.pop_back();
    }
    arrival.values.resize(std::max(arrival.values.size(), nodes_sent_here() * count));
    std::span<float> rest = arrival.values;
    std::vector<Incoming> incoming;
    for (const Peer& peer : peers_) {
      if (peer.rank == rank_) continue;
      for (std::size_t i = 0; i < peer.nodes.size(); ++i) {
        const std::span<float> place = rest.first(peer.is_read ? 0 : count);
        incoming.push_back({.peer = peer.rank, .values = place});
        rest = rest.subspan(place.size());
      }
    }
    arrival.transfers = collectives_.start({}, incoming);
    arriving_.push_back(std::move(arrival));
  }
}

std::size_t GradientExchange::nodes_sent_here() const {
  std::size_t nodes = 0;
  for (const Peer& peer : peers_)
    if (!peer.is_read) nodes += peer.nodes.size();
  return nodes;
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
  const float* sent = arrival.values.data();
  std::vector<const float*> sources;
  for (const Peer& peer : peers_) {
    for (std::size_t i = 0; i < peer.nodes.size(); ++i) {
      if (peer.is_read) {
        sources.push_back(peer.window + i * stride(elements_) + arrival.range.first);
      } else {
        sources.push_back(sent);
        sent += count;
      }
    }
  }
  sum_of_nodes_.add(sources, sum().subspan(as_size(arrival.range.first - shard_.first), count));
}

// Ranks that read each other's buffers say when they have.
void GradientExchange::wait_for_readers() {
  std::vector<Outgoing> outgoing;
  std::vector<Incoming> incoming;
  for (const Peer& peer : peers_) {
    if (peer.rank == rank_ || !peer.is_read) continue;
    outgoing.push_back({.peer = peer.rank, .values = {}});
    incoming.push_back({.peer = peer.rank, .values = {}});
  }
  collectives_.start(outgoing, incoming)->wait();
}

}  // namespace lockstep
