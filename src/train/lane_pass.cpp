// SPDX-License-Identifier: Apache-2.0
#include "train/lane_pass.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "base/sentence.h"
#include "device/gpu_graph.h"
#include "device/side_stream.h"
#include "train/gpu_memory.h"

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
                 const Parameters::GradientsReady& ready) override {
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
  GpuLanePass(Gpt& model, std::function<void()> before_waiting)
      : model_(model), before_waiting_(std::move(before_waiting)) {}

  at::Tensor run(const LaneKey& key, const Batch& batch, double divisor, at::Tensor& gradients,
                 const Parameters::GradientsReady& ready) override {
    at::Tensor loss;
    within_gpu_memory(
        [&] { return sentence("computing a lane of {0} sequences", {batch.inputs_BT.size(0)}); },
        remedy_, [&] { loss = pass(key, batch, divisor, gradients, ready); });
    return loss;
  }

 private:
  at::Tensor pass(const LaneKey& key, const Batch& batch, double divisor, at::Tensor& gradients,
                  const Parameters::GradientsReady& ready) {
    model_.key_dropout(key.seed, key.step, key.lane);
    Recorded& recorded = recorded_[{batch.inputs_BT.size(0), divisor, gradients.data_ptr()}];
    recorded.take(batch, gradients.options().dtype(at::kLong));
    model_.parameters().collect_gradients_in(gradients);
    const bool is_direct = runs_[batch.inputs_BT.size(0)]++ < kRunsBefore;
    const auto work = [&] { compute(recorded, divisor, /*marks_parts=*/ready != nullptr); };
    if (is_direct)
      work();
    else if (!recorded.graph)
      recorded.graph = record(work);
    if (!is_direct) recorded.graph->start();
    if (ready) tell(recorded.parts, ready);
    return is_direct ? recorded.loss : recorded.loss.clone();  // the next start overwrites it
  }

  // A part of the gradients, and where in the work of the GPU it is final.
  struct Part {
    std::int64_t first = 0;
    std::unique_ptr<GpuMark> mark;
  };

  struct Recorded {
    Batch batch;              // on the GPU, where the graph reads it
    at::Tensor loss;          // where the graph leaves it
    std::vector<Part> parts;  // but the last, which is final at the end
    std::unique_ptr<GpuGraph> graph;

    void take(const Batch& from, const at::TensorOptions& here) {
      if (!batch.inputs_BT.defined())
        batch = {.inputs_BT = at::empty_like(from.inputs_BT, here),
                 .targets_BT = at::empty_like(from.targets_BT, here)};
      batch.inputs_BT.copy_(from.inputs_BT, /*non_blocking=*/true);
      batch.targets_BT.copy_(from.targets_BT, /*non_blocking=*/true);
    }
  };

  std::unique_ptr<GpuGraph> record(const std::function<void()>& work) {
    before_waiting_();
    return record_gpu_graph(memory_, work);
  }

  void compute(Recorded& recorded, double divisor, bool marks_parts) {
    const at::Tensor loss =
        model_.loss(recorded.batch.inputs_BT, recorded.batch.targets_BT, Mode::training, divisor);
    recorded.parts.clear();
    std::int64_t marked = model_.parameters().layout().elements();
    const auto mark = [&](std::int64_t first) {
      if (first == 0 || marked - first < kPartElements) return;
      marked = first;
      recorded.parts.push_back({.first = first, .mark = make_gpu_mark()});
      beside_->follow();
      beside_->run([&] {
        model_.await_gradients();
        recorded.parts.back().mark->set();
      });
    };
    {
      std::optional<Listening> listening;
      if (marks_parts) listening.emplace(model_.parameters(), mark);
      loss.backward();
    }
    if (!recorded.parts.empty()) beside_->join();
    recorded.loss = loss.detach();
  }

  void tell(const std::vector<Part>& parts, const Parameters::GradientsReady& ready) {
    for (const Part& part : parts)
      beside_->run([&] {
        part.mark->wait();
        ready(part.first);
      });
    beside_->join();
  }

  static constexpr int kRunsBefore = 2;  // libraries make themselves ready for a shape
  // 32 MiB. Smaller parts would be on their way sooner, but each costs a node of the graph.
  static constexpr std::int64_t kPartElements = std::int64_t{8} << 20;

  Gpt& model_;
  const std::function<void()> before_waiting_;
  const std::string remedy_ = smaller_lanes();
  const GpuGraphMemory memory_ = new_gpu_graph_memory();
  const std::unique_ptr<SideStream> beside_ = make_side_stream(StreamPriority::ordinary);
  // By sequences, divisor, and place of the gradients.
  std::map<std::tuple<std::int64_t, double, void*>, Recorded> recorded_;
  std::map<std::int64_t, int> runs_;  // of each number of sequences
};

}  // namespace

std::unique_ptr<LanePass> make_lane_pass(Gpt& model, std::function<void()> before_waiting) {
  if (model.parameters().is_on_gpu())
    return std::make_unique<GpuLanePass>(model, std::move(before_waiting));
  return std::make_unique<HostLanePass>(model);
}

}  // namespace lockstep
