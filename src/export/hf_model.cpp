// SPDX-License-Identifier: Apache-2.0
#include "export/hf_model.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/sentence.h"

namespace lockstep {
namespace {

constexpr const char* kHead = "lm_head.weight";

// Finds the parameters of the modules, in the order of PyTorch's named_parameters().
class TensorList {
 public:
  TensorList(const FlatLayout& layout, bool bias, const std::string& doing)
      : layout_(layout), bias_(bias), doing_(doing) {}

  void embedding(const std::string& name, std::int64_t rows, std::int64_t width) {
    add(name + ".weight", {rows, width});
  }
  void layer_norm(const std::string& name, std::int64_t width) {
    add(name + ".weight", {width});
    add_bias(name + ".bias", width);
  }
  // transformers' Conv1D: a linear layer whose weight is [in, out].
  void linear(const std::string& name, std::int64_t in, std::int64_t out) {
    add(name + ".weight", {out, in});
    tensors_.back().spec.shape = {in, out};
    tensors_.back().is_transposed = true;
    add_bias(name + ".bias", out);
  }
  void head(std::int64_t rows, std::int64_t width) {
    if (layout_.find(kHead) != nullptr) add(kHead, {rows, width});
  }

  std::vector<ExportedTensor> finish() {
    std::vector<bool> is_used(layout_.tensors().size(), false);
    for (const ExportedTensor& tensor : tensors_)
      if (tensor.place) is_used[*tensor.place] = true;
    const auto left = std::ranges::find(is_used, false);
    if (left != is_used.end())
      refuse(sentence(
          "a GPT-2 has no place for its tensor {0}",
          {layout_.tensors()[static_cast<std::size_t>(left - is_used.begin())].spec.name}));
    return std::move(tensors_);
  }

  [[noreturn]] void refuse(const std::string& found) const {
    throw Error(ErrorKind::checkpoint,
                sentence("{0}: {1}; the format 'safetensors' takes every model", {doing_, found}));
  }

 private:
  void add(const std::string& name, const Shape& shape) {
    const FlatTensor* const tensor = layout_.find(name);
    if (tensor == nullptr) refuse(sentence("it has no tensor {0}", {name}));
    if (tensor->spec.shape != shape)
      refuse(sentence("{0} has the shape {1}, its configuration says {2}",
                      {name, shape_text(tensor->spec.shape), shape_text(shape)}));
    const auto place = static_cast<std::size_t>(tensor - layout_.tensors().data());
    tensors_.push_back({.spec = tensor->spec, .place = place});
  }

  void add_bias(const std::string& name, std::int64_t width) {
    if (bias_ || layout_.find(name) != nullptr) return add(name, {width});
    tensors_.push_back({.spec = {name, {width}}, .place = std::nullopt});
  }

  const FlatLayout& layout_;
  bool bias_;
  const std::string& doing_;
  std::vector<ExportedTensor> tensors_;
};

}  // namespace

std::vector<ExportedTensor> hf_tensors(const FlatLayout& layout, const ModelConfig& model,
                                       const std::string& doing) {
  TensorList list(layout, model.bias, doing);
  const std::int64_t C = model.n_embd;
  if (model.n_head < 1 || C % model.n_head != 0)
    list.refuse(sentence("its configuration has {0} heads for a width of {1}", {model.n_head, C}));
  list.embedding("transformer.wte", model.vocab_size, C);
  list.embedding("transformer.wpe", model.block_size, C);
  for (std::int64_t layer = 0; layer < model.n_layer; ++layer) {
    const std::string block = "transformer.h." + std::to_string(layer);
    list.layer_norm(block + ".ln_1", C);
    list.linear(block + ".attn.c_attn", C, 3 * C);
    list.linear(block + ".attn.c_proj", C, C);
    list.layer_norm(block + ".ln_2", C);
    list.linear(block + ".mlp.c_fc", C, 4 * C);
    list.linear(block + ".mlp.c_proj", 4 * C, C);
  }
  list.layer_norm("transformer.ln_f", C);
  list.head(model.vocab_size, C);
  return list.finish();
}

// transformers calls the approximation by tanh the new one.
std::string hf_config(const FlatLayout& layout, const ModelConfig& model) {
  const char* const gelu = model.gelu == GeluKind::tanh ? "gelu_new" : "gelu";
  const nlohmann::ordered_json config = {{"architectures", {"GPT2LMHeadModel"}},
                                         {"model_type", "gpt2"},
                                         {"activation_function", gelu},
                                         {"attn_pdrop", model.dropout},
                                         {"embd_pdrop", model.dropout},
                                         {"resid_pdrop", model.dropout},
                                         // No token begins or ends a text.
                                         {"bos_token_id", nullptr},
                                         {"eos_token_id", nullptr},
                                         {"initializer_range", 0.02},
                                         {"layer_norm_epsilon", 1e-5},
                                         {"n_ctx", model.block_size},
                                         {"n_embd", model.n_embd},
                                         {"n_head", model.n_head},
                                         {"n_inner", nullptr},
                                         {"n_layer", model.n_layer},
                                         {"n_positions", model.block_size},
                                         {"scale_attn_weights", true},
                                         {"tie_word_embeddings", layout.find(kHead) == nullptr},
                                         {"torch_dtype", "float32"},
                                         {"use_cache", true},
                                         {"vocab_size", model.vocab_size}};
  return config.dump(2) + "\n";
}

}  // namespace lockstep
