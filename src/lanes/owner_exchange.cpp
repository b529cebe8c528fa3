// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <deque>
#include <utility>

#include "comm/all_gather.h"
#include "lanes/gradient_exchange_kinds.h"
#include "lanes/lane_buffers.h"
#include "lanes/tree_sum.h"

namespace lockstep {
namespace {

// 4 MiB: small enough to start early and to need little memory, big enough to travel well.
constexpr std::int64_t kBucketElements = 64 * kChunkElements;
constexpr std::size_t kArrivalsAtOnce = 2;  // one is added while the next is on its way

ElementRange bucket_ending_at(std::int64_t last) {
  return {(last - 1) / kBucketElements * kBucketElements, last};
}

// Every node goes straight to the owner of the shard. Ranks of one machine only tell each other
// that a bucket is final: it is added where it lies. Between machines it is sent, and the bytes on
// the wire are those of the first half of a ring all-reduce where each rank has one node.
class OwnerExchange : public GradientExchange {
 public:
  OwnerExchange(const World& world, Collectives& collectives, const LanePlan& lanes,
                std::int64_t elements);

  const std::vector<ElementRange>& shards() const override { return shards_; }
  const LaneFold& fold() const override { return fold_; }
  std::span<float> buffer(std::size_t index) override { return buffers_.buffer(index); }
  std::span<float> sum() override { return buffers_.sum(); }
  void start() override;
  void ready_from(std::int64_t first) override;
  void finish() override;
  void share(std::span<float> flat) override { all_gather(world_, collectives_, flat, shards_); }

 private:
  struct Peer {
    int rank = 0;
    std::vector<TreeNode> nodes;
    ElementRange shard;
    bool is_read = false;           // this rank and it read each other's buffers,
    const float* window = nullptr;  // of which it may have none
  };

  // A part of the shard whose nodes are added together.
  struct Arrival {
    ElementRange range;
    std::vector<float> values;  // nodes that were sent here, one after the other
    std::unique_ptr<PendingTransfers> transfers;
  };

  static std::vector<Peer> peers_of(const LanePlan& lanes, const std::vector<ElementRange>& shards);
  void find_windows();
  std::size_t nodes_sent_here() const;
  void send(const ElementRange& bucket);
  void receive_more();
  void add_arrivals();
  void add(const Arrival& arrival);
  void wait_for_readers();

  const World& world_;
  Collectives& collectives_;
  const std::int64_t elements_;
  const std::vector<ElementRange> shards_;
  const ElementRange shard_;
  std::vector<Peer> peers_;  // all ranks, this one too
  const LaneFold fold_;
  const TreeSum sum_of_nodes_;
  std::vector<ElementRange> incoming_;  // the buckets that meet the shard, in their order
  LaneBuffers buffers_;

  // Of the step in progress.
  std::int64_t ready_ = 0;  // elements from here on are final
  std::int64_t sent_ = 0;   // elements from here on have been sent
  std::size_t next_incoming_ = 0;
  std::deque<Arrival> arriving_;
  std::vector<std::vector<float>> spare_;  // memory for arrivals
  std::vector<std::unique_ptr<PendingTransfers>> leaving_;
};

OwnerExchange::OwnerExchange(const World& world, Collectives& collectives, const LanePlan& lanes,
                             std::int64_t elements)
    : world_(world),
      collectives_(collectives),
      elements_(elements),
      shards_(all_shards(elements, world.size())),
      shard_(shards_[as_size(world.rank())]),
      peers_(peers_of(lanes, shards_)),
      fold_(lane_fold(peers_[as_size(world.rank())].nodes)),
      sum_of_nodes_(all_nodes(lanes, world.size()), {0, lanes.lanes}),
      buffers_(collectives.share(LaneBuffers::count(fold_, elements)), fold_, elements, shard_) {
  for (std::int64_t last = elements; last > 0;) {
    const ElementRange bucket = bucket_ending_at(last);
    const ElementRange mine = common_range(bucket, shard_);
    if (mine.count() > 0) incoming_.push_back(mine);
    last = bucket.first;
  }
  find_windows();
}

std::vector<OwnerExchange::Peer> OwnerExchange::peers_of(const LanePlan& lanes,
                                                         const std::vector<ElementRange>& shards) {
  std::vector<Peer> peers;
  for (const std::vector<TreeNode>& nodes : nodes_of_ranks(lanes, std::ssize(shards)))
    peers.push_back(
        {.rank = static_cast<int>(peers.size()), .nodes = nodes, .shard = shards[peers.size()]});
  return peers;
}

void OwnerExchange::find_windows() {
  for (Peer& peer : peers_) {
    std::optional<std::span<const float>> window = buffers_.window().of(peer.rank);
    if (peer.rank == world_.rank()) window = buffers_.window().mine();
    peer.is_read = window.has_value();
    if (window) peer.window = window->data();
  }
}

void OwnerExchange::start() {
  ready_ = elements_;
  sent_ = elements_;
  next_incoming_ = 0;
  receive_more();
}

void OwnerExchange::ready_from(std::int64_t first) {
  ready_ = first;
  while (sent_ > ready_) {
    const ElementRange bucket = bucket_ending_at(sent_);
    if (bucket.first < ready_) break;
    send(bucket);
    sent_ = bucket.first;
  }
  add_arrivals();
}

void OwnerExchange::finish() {
  ready_from(0);
  while (!arriving_.empty()) {
    arriving_.front().transfers->wait();
    add_arrivals();
  }
  for (const std::unique_ptr<PendingTransfers>& transfers : leaving_) transfers->wait();
  leaving_.clear();
  wait_for_readers();
}

void OwnerExchange::send(const ElementRange& bucket) {
  std::vector<Outgoing> outgoing;
  for (const Peer& peer : peers_) {
    const ElementRange theirs = common_range(bucket, peer.shard);
    if (peer.rank == world_.rank() || theirs.count() == 0) continue;
    for (std::size_t i = 0; i < fold_.nodes; ++i) {
      const std::size_t count = peer.is_read ? 0 : as_size(theirs.count());
      outgoing.push_back(
          {.peer = peer.rank, .values = buffer(i).subspan(as_size(theirs.first), count)});
    }
  }
  if (!outgoing.empty()) leaving_.push_back(collectives_.start(outgoing, {}));
}

void OwnerExchange::receive_more() {
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
      if (peer.rank == world_.rank()) continue;
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

std::size_t OwnerExchange::nodes_sent_here() const {
  std::size_t nodes = 0;
  for (const Peer& peer : peers_)
    if (!peer.is_read) nodes += peer.nodes.size();
  return nodes;
}

void OwnerExchange::add_arrivals() {
  while (!arriving_.empty() && arriving_.front().range.first >= ready_ &&
         arriving_.front().transfers->poll()) {
    add(arriving_.front());
    spare_.push_back(std::move(arriving_.front().values));
    arriving_.pop_front();
    receive_more();
  }
}

// The sources in the order of the ranks, which is that of the lanes.
void OwnerExchange::add(const Arrival& arrival) {
  const std::size_t count = as_size(arrival.range.count());
  const float* sent = arrival.values.data();
  std::vector<const float*> sources;
  for (const Peer& peer : peers_) {
    for (std::size_t i = 0; i < peer.nodes.size(); ++i) {
      if (peer.is_read) {
        sources.push_back(peer.window + i * buffer_stride(elements_) + arrival.range.first);
      } else {
        sources.push_back(sent);
        sent += count;
      }
    }
  }
  sum_of_nodes_.add(sources, sum().subspan(as_size(arrival.range.first - shard_.first), count));
}

// Ranks that read each other's buffers say when they have.
void OwnerExchange::wait_for_readers() {
  std::vector<Outgoing> outgoing;
  std::vector<Incoming> incoming;
  for (const Peer& peer : peers_) {
    if (peer.rank == world_.rank() || !peer.is_read) continue;
    outgoing.push_back({.peer = peer.rank, .values = {}});
    incoming.push_back({.peer = peer.rank, .values = {}});
  }
  collectives_.start(outgoing, incoming)->wait();
}

}  // namespace

std::unique_ptr<GradientExchange> make_owner_exchange(const World& world, Collectives& collectives,
                                                      const LanePlan& lanes,
                                                      std::int64_t elements) {
  return std::make_unique<OwnerExchange>(world, collectives, lanes, elements);
}

}  // namespace lockstep
