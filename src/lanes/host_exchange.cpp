// SPDX-License-Identifier: Apache-2.0
#include "comm/private_window.h"
#include "lanes/gradient_exchange_kinds.h"
#include "lanes/host_queue.h"
#include "lanes/lane_buffers.h"
#include "lanes/stream_exchange.h"
#include "lanes/stream_share.h"

namespace lockstep {
namespace {

// 4 MiB: small enough to start early, and that a small model has several; big enough to travel
// well.
constexpr std::int64_t kBucketOfHosts = 64 * kChunkElements;

class HostExchange : public GradientExchange {
 public:
  HostExchange(const World& world, const RankGrid& grid, Collectives& collectives,
               const LanePlan& lanes, std::int64_t elements)
      : fold_(lane_fold(tree_nodes(lanes.lanes_of(world.rank(), world.size()), lanes.lanes))),
        queue_(collectives),
        exchange_(
            world.rank(), grid, queue_, lanes, elements,
            [this](const TreeSum& sum, std::span<const float* const> sources,
                   std::span<float> destination,
                   CUstream_st* /*stream*/) { queue_.add(sum, sources, destination); },
            kBucketOfHosts),
        share_(world.rank(), grid, queue_, elements, kBucketOfHosts),
        buffers_(make_private_window(LaneBuffers::count(fold_, elements)), fold_, elements,
                 exchange_.shards()[as_size(world.rank())]),
        scratch_(as_size(exchange_.scratch_elements())) {
    std::vector<const float*> nodes;
    for (std::size_t i = 0; i < fold_.nodes; ++i) nodes.push_back(buffer(i).data());
    exchange_.use({.nodes = nodes, .sum = sum(), .scratch = scratch_});
  }

  const std::vector<ElementRange>& shards() const override { return exchange_.shards(); }
  const LaneFold& fold() const override { return fold_; }
  std::span<float> buffer(std::size_t index) override { return buffers_.buffer(index); }
  // Of a bucket it is written when all of that has left the buffer.
  std::span<float> sum() override { return buffers_.sum(); }

  void start() override { exchange_.start(); }
  void ready_from(std::int64_t first) override {
    exchange_.ready_from(first, nullptr);
    queue_.poll();
  }
  void finish() override {
    exchange_.finish(nullptr);
    queue_.finish();
  }
  void share(std::span<float> flat) override {
    share_.run(flat, nullptr, [](std::int64_t) {});
    queue_.finish();
  }

 private:
  const LaneFold fold_;
  HostQueue queue_;
  StreamExchange exchange_;
  StreamShare share_;
  LaneBuffers buffers_;
  std::vector<float> scratch_;
};

}  // namespace

std::unique_ptr<GradientExchange> make_host_exchange(const World& world, const RankGrid& grid,
                                                     Collectives& collectives,
                                                     const LanePlan& lanes, std::int64_t elements) {
  return std::make_unique<HostExchange>(world, grid, collectives, lanes, elements);
}

}  // namespace lockstep
