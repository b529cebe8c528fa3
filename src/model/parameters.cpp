// SPDX-License-Identifier: Apache-2.0
#include "model/parameters.h"

#include <ATen/ATen.h>

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

Parameters::Parameters(FlatLayout layout)
    : layout_(std::move(layout)),
      values_(at::zeros({layout_.elements()}, at::kFloat)),
      gradients_(at::zeros({layout_.elements()}, at::kFloat)) {
  for (const FlatTensor& tensor : layout_.tensors()) {
    // detach(): a leaf of its own, sharing the storage.
    at::Tensor view =
        values_.narrow(0, tensor.offset, tensor.elements).view(tensor.spec.shape).detach();
    view.requires_grad_(true);
    view.mutable_grad() =
        gradients_.narrow(0, tensor.offset, tensor.elements).view(tensor.spec.shape);
    views_.push_back(view);
  }
}

const at::Tensor& Parameters::get(const std::string& name) const {
  const FlatTensor* const tensor = layout_.find(name);
  if (tensor == nullptr) throw Error(ErrorKind::internal, "the model has no parameter " + name);
  return views_[static_cast<std::size_t>(tensor - layout_.tensors().data())];
}

}  // namespace lockstep
