// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <deque>
#include <utility>

#include "comm/all_gather.h"
#include "lanes/gradient_exchange_kinds.h"
#include "lanes/tree_sum.h"

namespace lockstep {
namespace {

// 4 MiB: small enough to start early.
constexpr std::int64_t kBucketElements = 64 * kChunkElements;
constexpr std::size_t kBucketsAwaited = 2;  // one is added while the next becomes final

ElementRange bucket_ending_at(std::int64_t last) {
  return {(last - 1) / kBucketElements * kBucketElements, last};
}

// Each rank adds up its shard from everybody's buffers.
class WindowExchange : public GradientExchange {
 public:
  WindowExchange(const World& world, Collectives& collectives,
                 std::unique_ptr<SharedWindow> buffers, const LanePlan& lanes,
                 std::int64_t elements);

  const std::vector<ElementRange>& shards() const override { return shards_; }
  const LaneFold& fold() const override { return fold_; }
  std::span<float> buffer(std::size_t index) override {
    return buffers_->mine().subspan(index * buffer_stride(elements_), as_size(elements_));
  }
  std::span<float> sum() override {
    return fold_.buffers == 0 ? sum_without_buffers_ : part_of(buffer(0), shard_);
  }
  void start() override;
  void ready_from(std::int64_t first) override;
  void finish() override;
  void share(std::span<float> flat) override { all_gather(world_, collectives_, flat, shards_); }

 private:
  // A part of the shard whose nodes are added together.
  struct Awaited {
    ElementRange range;
    std::unique_ptr<PendingTransfers> told;  // all others have said that it is final
  };

  void find_sources(const NodesOfRanks& nodes);
  void tell(const ElementRange& bucket);
  void await_more();
  void add_what_is_final();
  void add(const ElementRange& range);
  void wait_for_readers();

  const World& world_;
  Collectives& collectives_;
  const std::int64_t elements_;
  const std::vector<ElementRange> shards_;
  const ElementRange shard_;
  const LaneFold fold_;
  const TreeSum sum_of_nodes_;
  const std::unique_ptr<SharedWindow> buffers_;
  std::vector<const float*> sources_;  // every node, in the order of the lanes
  std::vector<ElementRange> to_add_;   // the buckets that meet the shard, in their order
  std::vector<float> sum_without_buffers_;

  // Of the step in progress.
  std::int64_t ready_ = 0;  // elements from here on are final
  std::int64_t told_ = 0;   // elements from here on have been said to be
  std::size_t next_ = 0;    // of `to_add_`
  std::deque<Awaited> awaited_;
  std::vector<std::unique_ptr<PendingTransfers>> leaving_;
};

WindowExchange::WindowExchange(const World& world, Collectives& collectives,
                               std::unique_ptr<SharedWindow> buffers, const LanePlan& lanes,
                               std::int64_t elements)
    : world_(world),
      collectives_(collectives),
      elements_(elements),
      shards_(all_shards(elements, world.size())),
      shard_(shards_[as_size(world.rank())]),
      fold_(lane_fold(nodes_of_ranks(lanes, world.size())[as_size(world.rank())])),
      sum_of_nodes_(all_nodes(lanes, world.size()), {0, lanes.lanes}),
      buffers_(std::move(buffers)) {
  if (fold_.buffers == 0) sum_without_buffers_.resize(as_size(shard_.count()));
  for (std::int64_t last = elements; last > 0;) {
    const ElementRange bucket = bucket_ending_at(last);
    const ElementRange mine = common_range(bucket, shard_);
    if (mine.count() > 0) to_add_.push_back(mine);
    last = bucket.first;
  }
  find_sources(nodes_of_ranks(lanes, world.size()));
}

void WindowExchange::find_sources(const NodesOfRanks& nodes) {
  for (int rank = 0; rank < world_.size(); ++rank) {
    const std::span<const float> window =
        rank == world_.rank() ? buffers_->mine() : *buffers_->of(rank);
    for (std::size_t i = 0; i < nodes[as_size(rank)].size(); ++i)
      sources_.push_back(window.data() + i * buffer_stride(elements_));
  }
}

void WindowExchange::start() {
  ready_ = elements_;
  told_ = elements_;
  next_ = 0;
  await_more();
}

void WindowExchange::ready_from(std::int64_t first) {
  ready_ = first;
  while (told_ > ready_) {
    const ElementRange bucket = bucket_ending_at(told_);
    if (bucket.first < ready_) break;
    tell(bucket);
    told_ = bucket.first;
  }
  add_what_is_final();
}

void WindowExchange::finish() {
  ready_from(0);
  while (!awaited_.empty()) {
    awaited_.front().told->wait();
    add_what_is_final();
  }
  for (const std::unique_ptr<PendingTransfers>& transfers : leaving_) transfers->wait();
  leaving_.clear();
  wait_for_readers();
}

// To those whose shards it meets, by messages of no values.
void WindowExchange::tell(const ElementRange& bucket) {
  std::vector<Outgoing> outgoing;
  for (int peer = 0; peer < world_.size(); ++peer)
    if (peer != world_.rank() && common_range(bucket, shards_[as_size(peer)]).count() > 0)
      outgoing.push_back({.peer = peer, .values = {}});
  if (!outgoing.empty()) leaving_.push_back(collectives_.start(outgoing, {}));
}

void WindowExchange::await_more() {
  while (next_ < to_add_.size() && awaited_.size() < kBucketsAwaited) {
    std::vector<Incoming> incoming;
    for (int peer = 0; peer < world_.size(); ++peer)
      if (peer != world_.rank()) incoming.push_back({.peer = peer, .values = {}});
    awaited_.push_back({.range = to_add_[next_++], .told = collectives_.start({}, incoming)});
  }
}

void WindowExchange::add_what_is_final() {
  while (!awaited_.empty() && awaited_.front().range.first >= ready_ &&
         awaited_.front().told->poll()) {
    add(awaited_.front().range);
    awaited_.pop_front();
    await_more();
  }
}

void WindowExchange::add(const ElementRange& range) {
  std::vector<const float*> sources;
  for (const float* const node : sources_) sources.push_back(node + range.first);
  sum_of_nodes_.add(sources,
                    sum().subspan(as_size(range.first - shard_.first), as_size(range.count())));
}

// Each says when it has read.
void WindowExchange::wait_for_readers() {
  std::vector<Outgoing> outgoing;
  std::vector<Incoming> incoming;
  for (int peer = 0; peer < world_.size(); ++peer) {
    if (peer == world_.rank()) continue;
    outgoing.push_back({.peer = peer, .values = {}});
    incoming.push_back({.peer = peer, .values = {}});
  }
  collectives_.start(outgoing, incoming)->wait();
}

}  // namespace

std::unique_ptr<GradientExchange> make_window_exchange(const World& world, Collectives& collectives,
                                                       std::unique_ptr<SharedWindow> buffers,
                                                       const LanePlan& lanes,
                                                       std::int64_t elements) {
  return std::make_unique<WindowExchange>(world, collectives, std::move(buffers), lanes, elements);
}

}  // namespace lockstep
