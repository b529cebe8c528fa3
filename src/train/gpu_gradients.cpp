// SPDX-License-Identifier: Apache-2.0
#include <ATen/ATen.h>

#include <chrono>
#include <thread>
#include <vector>

#include "base/sentence.h"
#include "comm/activity.h"
#include "comm/rank_grid.h"
#include "comm/watchdog.h"
#include "device/side_stream.h"
#include "lanes/cuda_tree_sum.h"
#include "lanes/stream_exchange.h"
#include "lanes/stream_share.h"
#include "train/gradients_kinds.h"
#include "train/tensor_span.h"

namespace lockstep {
namespace {

// The parameters as matrix products take them, for the elements of `range`.
void round(const ElementRange& range, Parameters& parameters) {
  if (parameters.compute_values().is_same(parameters.values())) return;
  parameters.compute_values()
      .narrow(0, range.first, range.count())
      .copy_(parameters.values().narrow(0, range.first, range.count()));
}

// What all kinds have: the lanes of this rank are added up where they are computed.
class GpuGradients : public Gradients {
 public:
  GpuGradients(const World& world, const LanePlan& lanes, const at::Tensor& like)
      : fold_(lane_fold(
            nodes_of_ranks(lanes, world.size())[static_cast<std::size_t>(world.rank())])) {
    for (std::size_t i = 0; i < fold_.buffers; ++i) buffers_.push_back(at::zeros_like(like));
  }

  Where where() const override { return Where::gpu; }
  const LaneFold& fold() const override { return fold_; }
  at::Tensor& buffer(std::size_t index) override { return buffers_[index]; }

  void send_to_host(const at::Tensor& numbers) override {
    if (!numbers_.defined() || !numbers_.is_same_size(numbers))
      numbers_ = at::empty_like(numbers, at::TensorOptions(at::kCPU).pinned_memory(true));
    numbers_.copy_(numbers, /*non_blocking=*/true);
    arrived_->set();
  }
  const at::Tensor& on_host() override {
    await(*arrived_);
    return numbers_;
  }

 protected:
  virtual void await(GpuMark& mark) { mark.await(); }

 private:
  const LaneFold fold_;
  std::vector<at::Tensor> buffers_;
  at::Tensor numbers_;  // pinned
  const std::unique_ptr<GpuMark> arrived_ = make_gpu_mark();
};

// A GPU that has all lanes: their sum is where they were added up.
class SoloGpuGradients : public GpuGradients {
 public:
  using GpuGradients::GpuGradients;

  bool takes_parts() const override { return false; }
  void start() override {}
  void ready_from(std::int64_t /*first*/) override {}
  void finish() override {}
  at::Tensor& sum() override { return buffer(0); }
  void share_parameters(Parameters& parameters, const PartsThere& there) override {
    there(parameters.layout().elements());
  }
  void gather(at::Tensor& /*numbers*/, const RangesOfRanks& /*of_ranks*/) override {}
};

// GPUs whose ranks have MPI between them, which sees host memory only.
class StagedGpuGradients : public GpuGradients {
 public:
  StagedGpuGradients(const Ways& ways, const LanePlan& lanes, const at::Tensor& like)
      : GpuGradients(ways.world, lanes, like),
        ways_(ways),
        exchange_(make_gradient_exchange(ways.world, ways.collectives, lanes, like.numel())),
        values_(at::zeros({like.numel()}, at::TensorOptions(at::kFloat).pinned_memory(true))) {
    sum_ = at::zeros_like(tensor_over(exchange_->sum()), like.options());
  }

  bool takes_parts() const override { return false; }
  void start() override { exchange_->start(); }
  void ready_from(std::int64_t /*first*/) override {}
  void finish() override {
    for (std::size_t node = 0; node < fold().nodes; ++node)
      tensor_over(exchange_->buffer(node)).copy_(buffer(node));
    exchange_->finish();
    sum_.copy_(tensor_over(exchange_->sum()));
  }
  at::Tensor& sum() override { return sum_; }

  void share_parameters(Parameters& parameters, const PartsThere& there) override {
    const ElementRange mine = exchange_->shards()[static_cast<std::size_t>(ways_.world.rank())];
    values_.narrow(0, mine.first, mine.count())
        .copy_(parameters.values().narrow(0, mine.first, mine.count()));
    exchange_->share(span_of(values_));
    parameters.values().copy_(values_, /*non_blocking=*/true);
    round({0, parameters.layout().elements()}, parameters);
    there(parameters.layout().elements());
  }
  void gather(at::Tensor& numbers, const RangesOfRanks& of_ranks) override {
    const at::Tensor here = numbers.cpu();
    gather_on_host(ways_.world, here.data_ptr<double>(), of_ranks);
    numbers.copy_(here);
  }

 private:
  const Ways ways_;
  const std::unique_ptr<GradientExchange> exchange_;
  at::Tensor sum_;
  at::Tensor values_;  // in host memory
};

// GPUs that have a way between them. What goes there is work of a stream beside that of the lanes,
// and goes first: others wait for it.
class DirectGpuGradients : public GpuGradients {
 public:
  DirectGpuGradients(const Ways& ways, const LanePlan& lanes, const at::Tensor& like)
      : GpuGradients(ways.world, lanes, like),
        ways_(ways),
        grid_(RankGrid::of_hosts(host_of_ranks(ways.world))),
        exchange_(ways.world.rank(), grid_, *ways.between_gpus, lanes, like.numel(),
                  cuda::add_along_tree),
        share_(ways.world.rank(), grid_, *ways.between_gpus, like.numel()),
        stream_(make_side_stream(StreamPriority::high)) {
    const ElementRange shard = exchange_.shards()[static_cast<std::size_t>(ways.world.rank())];
    sum_ = at::zeros({shard.count()}, like.options());
    scratch_ = at::empty({exchange_.scratch_elements()}, like.options());
    std::vector<const float*> nodes;
    for (std::size_t i = 0; i < fold().nodes; ++i)
      nodes.push_back(buffer(i).const_data_ptr<float>());
    exchange_.use({.nodes = nodes, .sum = span_of(sum_), .scratch = span_of(scratch_)});
  }

  bool takes_parts() const override { return true; }
  void start() override { exchange_.start(); }
  void ready_from(std::int64_t first) override {
    stream_->follow();
    exchange_.ready_from(first, stream_->handle());
  }
  void finish() override {
    stream_->follow();
    exchange_.finish(stream_->handle());
    stream_->join();
  }
  at::Tensor& sum() override { return sum_; }

  void share_parameters(Parameters& parameters, const PartsThere& there) override {
    stream_->follow();
    stream_->run([&] {
      std::int64_t first = 0;
      share_.run(span_of(parameters.values()), stream_->handle(), [&](std::int64_t last) {
        round({first, last}, parameters);
        there(last);
        first = last;
      });
    });
    stream_->join();
  }

  void gather(at::Tensor& numbers, const RangesOfRanks& of_ranks) override {
    auto* const start = reinterpret_cast<float*>(numbers.data_ptr<double>());  // moved, not read
    const auto place_of = [&](const ElementRange& range) {
      return std::span(start + 2 * range.first, static_cast<std::size_t>(2 * range.count()));
    };
    const int rank = ways_.world.rank();
    std::vector<Outgoing> outgoing;
    std::vector<Incoming> incoming;
    for (int peer = 0; peer < ways_.world.size(); ++peer) {
      if (peer == rank) continue;
      for (const ElementRange& mine : of_ranks[static_cast<std::size_t>(rank)])
        outgoing.push_back({.peer = peer, .values = place_of(mine)});
      for (const ElementRange& theirs : of_ranks[static_cast<std::size_t>(peer)])
        incoming.push_back({.peer = peer, .values = place_of(theirs)});
    }
    stream_->follow();
    ways_.between_gpus->start(outgoing, incoming, stream_->handle());
    stream_->join();
  }

  void await_ranks() override {
    started_->set();
    await(*started_);
  }

 private:
  // A GPU waits for ever for one that is gone, and so would a host that waits for it: it asks.
  void await(GpuMark& mark) override {
    const WaitingForRanks waiting;
    const auto start = std::chrono::steady_clock::now();
    while (!mark.is_reached()) {
      ways_.between_gpus->check();
      if (!ranks_are_watched() && std::chrono::steady_clock::now() - start > kPeerTimeout) {
        ways_.between_gpus->abandon();
        throw Error(ErrorKind::communication,
                    sentence("exchanging gradients: the other GPUs did not answer within {0} s; "
                             "one of their ranks is gone or stuck",
                             {kPeerTimeout.count()}));
      }
      std::this_thread::sleep_for(std::chrono::microseconds(20));
    }
  }

  const Ways ways_;
  const RankGrid grid_;
  StreamExchange exchange_;
  StreamShare share_;
  at::Tensor sum_;
  at::Tensor scratch_;
  const std::unique_ptr<SideStream> stream_;
  const std::unique_ptr<GpuMark> started_ = make_gpu_mark();
};

}  // namespace

std::unique_ptr<Gradients> make_gpu_gradients(const Ways& ways, const LanePlan& lanes,
                                              const at::Tensor& like) {
  if (ways.world.size() == 1) return std::make_unique<SoloGpuGradients>(ways.world, lanes, like);
  if (ways.between_gpus == nullptr) return std::make_unique<StagedGpuGradients>(ways, lanes, like);
  return std::make_unique<DirectGpuGradients>(ways, lanes, like);
}

}  // namespace lockstep
