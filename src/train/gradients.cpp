// SPDX-License-Identifier: Apache-2.0
#include "train/gradients.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <vector>

#include "base/sentence.h"
#include "train/gpu_memory.h"
#include "train/gradients_kinds.h"
#include "train/tensor_span.h"

namespace lockstep {
namespace {

class HostGradients : public Gradients {
 public:
  HostGradients(World& world, Collectives& collectives, const LanePlan& lanes,
                std::int64_t elements)
      : world_(world),
        exchange_(make_gradient_exchange(world, collectives, lanes, elements)),
        sum_(tensor_over(exchange_->sum())) {
    for (std::size_t i = 0; i < fold().buffers; ++i)
      buffers_.push_back(tensor_over(exchange_->buffer(i)));
  }

  Where where() const override { return Where::host; }
  const LaneFold& fold() const override { return exchange_->fold(); }
  at::Tensor& buffer(std::size_t index) override { return buffers_[index]; }
  bool takes_parts() const override { return true; }
  void start() override { exchange_->start(); }
  void ready_from(std::int64_t first) override { exchange_->ready_from(first); }
  void finish() override { exchange_->finish(); }
  at::Tensor& sum() override { return sum_; }
  void share_parameters(Parameters& parameters, const PartsThere& there) override {
    exchange_->share(span_of(parameters.values()));
    there(parameters.layout().elements());
  }
  void gather(at::Tensor& numbers, const RangesOfRanks& of_ranks) override {
    gather_on_host(world_, numbers.data_ptr<double>(), of_ranks);
  }
  void send_to_host(const at::Tensor& numbers) override { numbers_ = numbers; }
  const at::Tensor& on_host() override { return numbers_; }

 private:
  World& world_;
  const std::unique_ptr<GradientExchange> exchange_;
  std::vector<at::Tensor> buffers_;
  at::Tensor sum_;
  at::Tensor numbers_;
};

}  // namespace

void gather_on_host(World& world, double* numbers, const Gradients::RangesOfRanks& of_ranks) {
  std::vector<double> mine;
  for (const ElementRange& range : of_ranks[static_cast<std::size_t>(world.rank())])
    mine.insert(mine.end(), numbers + range.first, numbers + range.last);
  const std::vector<std::vector<double>> all = world.gather_all(mine);
  for (std::size_t rank = 0; rank < all.size(); ++rank) {
    auto next = all[rank].begin();
    for (const ElementRange& range : of_ranks[rank]) {
      std::copy_n(next, range.count(), numbers + range.first);
      next += range.count();
    }
  }
}

std::unique_ptr<Gradients> make_gradients(const Ways& ways, const LanePlan& lanes,
                                          const Parameters& parameters) {
  if (parameters.is_on_gpu()) {
    std::unique_ptr<Gradients> gradients;
    within_gpu_memory([] { return sentence("placing the gradients on the GPU"); },
                      sentence("give fewer --lanes, or choose a smaller --model"),
                      [&] { gradients = make_gpu_gradients(ways, lanes, parameters.values()); });
    return gradients;
  }
  return std::make_unique<HostGradients>(ways.world, ways.collectives, lanes,
                                         parameters.values().numel());
}

}  // namespace lockstep
