// SPDX-License-Identifier: Apache-2.0
#include "train/lane_pass.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <c10/util/Exception.h>

#include <map>
#include <string>
#include <tuple>
#include <utility>

#include "base/error.h"
#include "device/gpu_graph.h"

namespace lockstep {
namespace {

// Listens to the gradients of a backward pass until the end of the scope.
class Listening {
 public:
  Listening(Parameters& parameters, Parameters::GradientsReady ready) : parameters_(parameters) {
    parameters_.on_gradients_ready(std::move(ready));
  }
  ~Listening() { parameters_.on_gradients_ready({}); }
  Listening(const Listening&) = delete;
  Listening& operator=(const Listening&) = delete;

 private:
  Parameters& parameters_;
};

class HostLanePass : public LanePass {
 public:
  explicit HostLanePass(Gpt& model) : model_(model) {}

  at::Tensor run(const LaneKey& key, const Batch& batch, double divisor, at::Tensor& gradients,
                 bool begins, const Parameters::GradientsReady& ready) override {
    if (begins) gradients.zero_();
    model_.parameters().collect_gradients_in(gradients);
    const Listening listening(model_.parameters(), ready);
    model_.key_dropout(key.seed, key.step, key.lane);
    const at::Tensor loss = model_.loss(batch.inputs_BT, batch.targets_BT, Mode::training, divisor);
    loss.backward();
    return loss.detach();
  }

 private:
  Gpt& model_;
};

// A pass of a shape that has come before is recorded as a graph, and started as a whole from then
// on: the same kernels, without the time of the processor that prepares them.
class GpuLanePass : public LanePass {
 public:
  explicit GpuLanePass(Gpt& model) : model_(model) {}

  at::Tensor run(const LaneKey& key, const Batch& batch, double divisor, at::Tensor& gradients,
                 bool begins, const Parameters::GradientsReady& /*ready*/) override {
    try {
      return pass(key, batch, divisor, gradients, begins);
    } catch (const c10::OutOfMemoryError& error) {
      throw Error(ErrorKind::usage,
                  "computing a lane of " + std::to_string(batch.inputs_BT.size(0)) +
                      " sequences: the GPU has not enough memory (" +
                      error.what_without_backtrace() +
                      "); cut the batch into more --lanes, or give a smaller --batch-size");
    }
  }

 private:
  at::Tensor pass(const LaneKey& key, const Batch& batch, double divisor, at::Tensor& gradients,
                  bool begins) {
    model_.key_dropout(key.seed, key.step, key.lane);
    Recorded& recorded =
        recorded_[{batch.inputs_BT.size(0), divisor, gradients.data_ptr(), begins}];
    if (!recorded.batch.inputs_BT.defined()) {
      const at::TensorOptions here = gradients.options().dtype(at::kLong);
      recorded.batch = {.inputs_BT = at::empty_like(batch.inputs_BT, here),
                        .targets_BT = at::empty_like(batch.targets_BT, here)};
    }
    recorded.batch.inputs_BT.copy_(batch.inputs_BT, /*non_blocking=*/true);
    recorded.batch.targets_BT.copy_(batch.targets_BT, /*non_blocking=*/true);
    model_.parameters().collect_gradients_in(
        gradients, begins ? Parameters::Start::replaced : Parameters::Start::as_they_are);
    const auto work = [&] {
      const at::Tensor loss =
          model_.loss(recorded.batch.inputs_BT, recorded.batch.targets_BT, Mode::training, divisor);
      loss.backward();
      recorded.loss = loss.detach();
    };
    if (runs_[batch.inputs_BT.size(0)]++ < kRunsBefore) {
      work();
      return recorded.loss;
    }
    if (!recorded.graph) recorded.graph = record_gpu_graph(work);
    recorded.graph->start();
    return recorded.loss.clone();  // the next start overwrites it
  }

  static constexpr int kRunsBefore = 2;  // libraries make themselves ready for a shape

  struct Recorded {
    Batch batch;      // on the GPU, where the graph reads it
    at::Tensor loss;  // where the graph leaves it
    std::unique_ptr<GpuGraph> graph;
  };

  Gpt& model_;
  // By sequences, divisor, place of the gradients, and whether they begin there.
  std::map<std::tuple<std::int64_t, double, void*, bool>, Recorded> recorded_;
  std::map<std::int64_t, int> runs_;  // of each number of sequences
};

}  // namespace

std::unique_ptr<LanePass> make_lane_pass(Gpt& model) {
  if (model.parameters().is_on_gpu()) return std::make_unique<GpuLanePass>(model);
  return std::make_unique<HostLanePass>(model);
}

}  // namespace lockstep
