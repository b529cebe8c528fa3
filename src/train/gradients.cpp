// SPDX-License-Identifier: Apache-2.0
#include "train/gradients.h"

#include <ATen/ATen.h>

#include <vector>

#include "comm/all_gather.h"
#include "train/tensor_span.h"

namespace lockstep {
namespace {

class HostGradients : public Gradients {
 public:
  HostGradients(const World& world, Collectives& collectives, const LanePlan& lanes,
                std::int64_t elements)
      : world_(world),
        collectives_(collectives),
        exchange_(world, collectives, lanes, elements),
        sum_(tensor_over(exchange_.sum())) {
    for (std::size_t i = 0; i < fold().buffers; ++i)
      buffers_.push_back(tensor_over(exchange_.buffer(i)));
  }

  const LaneFold& fold() const override { return exchange_.fold(); }
  at::Tensor& buffer(std::size_t index) override { return buffers_[index]; }
  void start() override { exchange_.start(); }
  void ready_from(std::int64_t first) override { exchange_.ready_from(first); }
  void finish() override { exchange_.finish(); }
  at::Tensor& sum() override { return sum_; }
  void share_parameters(Parameters& parameters) override {
    all_gather(world_, collectives_, span_of(parameters.values()), exchange_.shards());
  }

 private:
  const World& world_;
  Collectives& collectives_;
  GradientExchange exchange_;
  std::vector<at::Tensor> buffers_;
  at::Tensor sum_;
};

LaneFold fold_of(const LanePlan& lanes, int rank, int ranks) {
  return lane_fold(nodes_of_ranks(lanes, ranks)[static_cast<std::size_t>(rank)], LanePairs::in_two);
}

// A GPU that has all lanes: their sum is where they were added up.
class SoloGpuGradients : public Gradients {
 public:
  SoloGpuGradients(const LanePlan& lanes, const at::Tensor& like) : fold_(fold_of(lanes, 0, 1)) {
    for (std::size_t i = 0; i < fold_.buffers; ++i) buffers_.push_back(at::zeros_like(like));
  }

  const LaneFold& fold() const override { return fold_; }
  at::Tensor& buffer(std::size_t index) override { return buffers_[index]; }
  void start() override {}
  void ready_from(std::int64_t /*first*/) override {}
  void finish() override {}
  at::Tensor& sum() override { return buffers_.front(); }
  void share_parameters(Parameters& /*parameters*/) override {}

 private:
  const LaneFold fold_;
  std::vector<at::Tensor> buffers_;
};

// GPUs whose ranks have MPI between them, which sees host memory only.
class StagedGpuGradients : public Gradients {
 public:
  StagedGpuGradients(const World& world, Collectives& collectives, const LanePlan& lanes,
                     const at::Tensor& like)
      : world_(world),
        fold_(fold_of(lanes, world.rank(), world.size())),
        on_host_(world, collectives, lanes, like.numel()),
        collectives_(collectives),
        shards_(all_shards(like.numel(), world.size())),
        values_(at::zeros({like.numel()}, at::TensorOptions(at::kFloat).pinned_memory(true))) {
    for (std::size_t i = 0; i < fold_.buffers; ++i) buffers_.push_back(at::zeros_like(like));
    sum_ = at::zeros_like(on_host_.sum(), like.options());
  }

  const LaneFold& fold() const override { return fold_; }
  at::Tensor& buffer(std::size_t index) override { return buffers_[index]; }
  void start() override { on_host_.start(); }
  void ready_from(std::int64_t /*first*/) override {}
  void finish() override {
    for (std::size_t node = 0; node < fold_.nodes; ++node)
      on_host_.buffer(node).copy_(buffers_[node]);
    on_host_.ready_from(0);
    on_host_.finish();
    sum_.copy_(on_host_.sum());
  }
  at::Tensor& sum() override { return sum_; }

  void share_parameters(Parameters& parameters) override {
    const ElementRange mine = shards_[static_cast<std::size_t>(world_.rank())];
    values_.narrow(0, mine.first, mine.count())
        .copy_(parameters.values().narrow(0, mine.first, mine.count()));
    all_gather(world_, collectives_, span_of(values_), shards_);
    parameters.values().copy_(values_, /*non_blocking=*/true);
    if (!parameters.compute_values().is_same(parameters.values()))
      parameters.compute_values().copy_(parameters.values());
  }

 private:
  const World& world_;
  const LaneFold fold_;
  HostGradients on_host_;
  Collectives& collectives_;
  const std::vector<ElementRange> shards_;
  std::vector<at::Tensor> buffers_;
  at::Tensor sum_;
  at::Tensor values_;  // in host memory
};

}  // namespace

std::unique_ptr<Gradients> make_gradients(const World& world, Collectives& collectives,
                                          const LanePlan& lanes, const Parameters& parameters) {
  const at::Tensor& values = parameters.values();
  if (!parameters.is_on_gpu())
    return std::make_unique<HostGradients>(world, collectives, lanes, values.numel());
  if (world.size() == 1) return std::make_unique<SoloGpuGradients>(lanes, values);
  return std::make_unique<StagedGpuGradients>(world, collectives, lanes, values);
}

}  // namespace lockstep
