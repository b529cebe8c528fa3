// SPDX-License-Identifier: Apache-2.0
#include "train/update.h"

#include <cmath>
#include <cstddef>
#include <vector>

#include "device/side_stream.h"
#include "optim/step_numbers.h"

namespace lockstep {
namespace {

class HostUpdate : public Update {
 public:
  HostUpdate(Gpt& model, AdamW& optimizer, Gradients& gradients)
      : model_(model), optimizer_(optimizer), gradients_(gradients) {}

  void run(double learning_rate, const at::Tensor& numbers) override {
    const double scale = step_numbers_in(numbers).gradient_scale;
    if (std::isnan(scale)) return;
    optimizer_.step(gradients_.sum(), learning_rate, {.value = scale});
    gradients_.share_parameters(model_.parameters(), [](std::int64_t) {});
  }
  void was_skipped() override {}
  void await() override {}

 private:
  Gpt& model_;
  AdamW& optimizer_;
  Gradients& gradients_;
};

class GpuUpdate : public Update {
 public:
  GpuUpdate(const World& world, Gpt& model, AdamW& optimizer, Gradients& gradients)
      : is_alone_(world.size() == 1),
        model_(model),
        optimizer_(optimizer),
        gradients_(gradients),
        stream_(make_side_stream(StreamPriority::ordinary)) {
    for (std::size_t i = 0; i < model.parts().size(); ++i) there_.push_back(make_gpu_mark());
    model.on_part_needed([this](std::size_t part) { there_[part]->wait(); });
  }
  ~GpuUpdate() override { model_.on_part_needed({}); }
  GpuUpdate(const GpuUpdate&) = delete;
  GpuUpdate& operator=(const GpuUpdate&) = delete;

  void run(double learning_rate, const at::Tensor& numbers) override {
    constexpr std::int64_t kScale = offsetof(StepNumbers, gradient_scale) / sizeof(double);
    const GradientScale scale{.on_gpu = numbers.const_data_ptr<double>() + kScale};
    stream_->follow();
    stream_->run([&] {
      if (is_alone_)
        optimizer_.step_in_parts(gradients_.sum(), learning_rate, scale, model_.parts(),
                                 [this](std::size_t part) { there_[part]->set(); });
      else
        update_and_share(learning_rate, scale);
    });
  }
  void was_skipped() override { optimizer_.forget_step(); }
  void await() override { stream_->join(); }

 private:
  void update_and_share(double learning_rate, const GradientScale& scale) {
    optimizer_.step(gradients_.sum(), learning_rate, scale);
    std::size_t part = 0;
    gradients_.share_parameters(model_.parameters(), [&](std::int64_t last) {
      while (part < there_.size() && model_.parts()[part].last <= last) there_[part++]->set();
    });
  }

  const bool is_alone_;
  Gpt& model_;
  AdamW& optimizer_;
  Gradients& gradients_;
  const std::unique_ptr<SideStream> stream_;
  std::vector<std::unique_ptr<GpuMark>> there_;  // of each part
};

}  // namespace

std::unique_ptr<Update> make_update(const World& world, Gpt& model, AdamW& optimizer,
                                    Gradients& gradients) {
  if (model.parameters().is_on_gpu())
    return std::make_unique<GpuUpdate>(world, model, optimizer, gradients);
  return std::make_unique<HostUpdate>(model, optimizer, gradients);
}

}  // namespace lockstep
