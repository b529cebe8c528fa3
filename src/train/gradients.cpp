// SPDX-License-Identifier: Apache-2.0
#include "train/gradients.h"

#include <ATen/ATen.h>

#include <vector>

#include "comm/all_gather.h"
#include "train/gradients_kinds.h"
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
  bool takes_parts() const override { return true; }
  void start() override { exchange_.start(); }
  void ready_from(std::int64_t first) override { exchange_.ready_from(first); }
  void finish() override { exchange_.finish(); }
  at::Tensor& sum() override { return sum_; }
  void share_parameters(Parameters& parameters, const PartsThere& there) override {
    all_gather(world_, collectives_, span_of(parameters.values()), exchange_.shards());
    there(parameters.layout().elements());
  }
  at::Tensor on_host(const at::Tensor& numbers) override { return numbers; }

 private:
  const World& world_;
  Collectives& collectives_;
  GradientExchange exchange_;
  std::vector<at::Tensor> buffers_;
  at::Tensor sum_;
};

}  // namespace

std::unique_ptr<Gradients> make_host_gradients(const Ways& ways, const LanePlan& lanes,
                                               std::int64_t elements) {
  return std::make_unique<HostGradients>(ways.world, ways.collectives, lanes, elements);
}

std::unique_ptr<Gradients> make_gradients(const Ways& ways, const LanePlan& lanes,
                                          const Parameters& parameters) {
  if (parameters.is_on_gpu()) return make_gpu_gradients(ways, lanes, parameters.values());
  return make_host_gradients(ways, lanes, parameters.values().numel());
}

}  // namespace lockstep
