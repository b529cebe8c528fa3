// SPDX-License-Identifier: Apache-2.0
#include "model/parameters.h"

#include <ATen/ATen.h>
#include <torch/csrc/autograd/function.h>
#include <torch/csrc/autograd/variable.h>

#include <utility>

#include "base/error.h"

namespace lockstep {
namespace {

// Collects the specs of modules the way PyTorch's named_parameters() would list them.
class SpecList {
 public:
  explicit SpecList(bool bias) : bias_(bias) {}

  void embedding(const std::string& name, std::int64_t rows, std::int64_t width) {
    specs_.push_back({name + ".weight", {rows, width}});
  }
  void layer_norm(const std::string& name, std::int64_t width) {
    specs_.push_back({name + ".weight", {width}});
    if (bias_) specs_.push_back({name + ".bias", {width}});
  }
  void linear(const std::string& name, std::int64_t in, std::int64_t out) {
    specs_.push_back({name + ".weight", {out, in}});
    if (bias_) specs_.push_back({name + ".bias", {out}});
  }
  const std::vector<TensorSpec>& specs() const { return specs_; }

 private:
  bool bias_;
  std::vector<TensorSpec> specs_;
};

}  // namespace

FlatLayout parameter_layout(const ModelConfig& config) {
  const std::int64_t C = config.n_embd;
  SpecList list(config.bias);
  list.embedding("transformer.wte", config.vocab_size, C);
  list.embedding("transformer.wpe", config.block_size, C);
  for (std::int64_t layer = 0; layer < config.n_layer; ++layer) {
    const std::string block = "transformer.h." + std::to_string(layer);
    list.layer_norm(block + ".ln_1", C);
    list.linear(block + ".attn.c_attn", C, 3 * C);
    list.linear(block + ".attn.c_proj", C, C);
    list.layer_norm(block + ".ln_2", C);
    list.linear(block + ".mlp.c_fc", C, 4 * C);
    list.linear(block + ".mlp.c_proj", 4 * C, C);
  }
  list.layer_norm("transformer.ln_f", C);
  return FlatLayout(list.specs());
}

// Which gradients of the pass in progress are done. A pass goes through the layout from its end to
// its beginning, but not strictly.
class Parameters::Progress {
 public:
  explicit Progress(const FlatLayout& layout) : layout_(layout) { restart(); }

  void restart() {
    done_.assign(layout_.tensors().size(), false);
    first_done_ = done_.size();
  }
  void tell(GradientsReady ready) { ready_ = std::move(ready); }

  void finished(std::size_t tensor) {
    if (!ready_) return;
    done_[tensor] = true;
    const std::size_t before = first_done_;
    while (first_done_ > 0 && done_[first_done_ - 1]) --first_done_;
    if (first_done_ == before) return;
    const std::int64_t first = layout_.tensors()[first_done_].offset;
    if (first_done_ == 0) restart();
    ready_(first);
  }

 private:
  FlatLayout layout_;
  GradientsReady ready_;
  std::vector<bool> done_;
  std::size_t first_done_ = 0;  // all tensors from here on are done
};

namespace {

// Runs when the whole gradient of one tensor is in its place.
class AfterAccumulation : public torch::autograd::FunctionPostHook {
 public:
  explicit AfterAccumulation(std::function<void()> act) : act_(std::move(act)) {}
  torch::autograd::variable_list operator()(const torch::autograd::variable_list& outputs,
                                            const torch::autograd::variable_list&) override {
    act_();
    return outputs;
  }

 private:
  std::function<void()> act_;
};

}  // namespace

Parameters::Parameters(FlatLayout layout)
    : layout_(std::move(layout)),
      values_(at::zeros({layout_.elements()}, at::kFloat)),
      compute_values_(values_),
      places_(layout_.tensors().size()),
      progress_(std::make_shared<Progress>(layout_)) {
  make_views();
}

void Parameters::move_to_gpu(const Placement& placement) {
  placement_ = placement;
  is_on_gpu_ = true;
  values_ = values_.to(placement.device);
  compute_values_ = values_.to(placement.compute);
  accumulators_.clear();
  gradients_ = at::Tensor();
  make_views();
}

void Parameters::make_views() {
  views_.clear();
  for (const FlatTensor& tensor : layout_.tensors()) {
    // detach(): a leaf of its own, sharing the storage.
    at::Tensor view =
        values_.narrow(0, tensor.offset, tensor.elements).view(tensor.spec.shape).detach();
    view.requires_grad_(true);
    views_.push_back(view);
  }
}

void Parameters::collect_gradients_in(const at::Tensor& gradients) {
  if (gradients_.is_same(gradients)) return;
  gradients_ = gradients;
  for (std::size_t i = 0; i < views_.size(); ++i) {
    const FlatTensor& tensor = layout_.tensors()[i];
    places_[i] = gradients_.narrow(0, tensor.offset, tensor.elements).view(tensor.spec.shape);
  }
}

void Parameters::on_gradients_ready(GradientsReady ready) {
  progress_->restart();
  progress_->tell(std::move(ready));
  if (!accumulators_.empty()) return;
  for (std::size_t i = 0; i < views_.size(); ++i) {
    accumulators_.push_back(torch::autograd::impl::grad_accumulator(views_[i]));
    accumulators_.back()->add_post_hook(
        std::make_unique<AfterAccumulation>([progress = progress_, i] { progress->finished(i); }));
  }
}

std::size_t Parameters::index_of(const std::string& name) const {
  const FlatTensor* const tensor = layout_.find(name);
  if (tensor == nullptr) throw Error(ErrorKind::internal, "the model has no parameter " + name);
  return static_cast<std::size_t>(tensor - layout_.tensors().data());
}

const at::Tensor& Parameters::get(const std::string& name) const { return views_[index_of(name)]; }

Parameter Parameters::parameter(const std::string& name) const {
  const std::size_t index = index_of(name);
  const FlatTensor& tensor = layout_.tensors()[index];
  return {
      .leaf = views_[index],
      .compute = compute_values_.narrow(0, tensor.offset, tensor.elements).view(tensor.spec.shape),
      .gradient = &places_[index]};
}

}  // namespace lockstep
