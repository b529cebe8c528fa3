// SPDX-License-Identifier: Apache-2.0
#include "export/training_tree.h"

#include <bit>
#include <cassert>
#include <utility>

#include "config/fields.h"

namespace lockstep {
namespace {

PtValue text(const std::string& value) { return {value}; }
PtValue integer(std::int64_t value) { return {value}; }
PtValue number(double value) { return {value}; }
PtValue boolean(bool value) { return {value}; }

template <class Number>
PtValue list_of(const std::vector<Number>& numbers) {
  PtList list;
  for (const Number value : numbers) list.push_back({value});
  return {list};
}

Shape row_major_stride(const Shape& shape) {
  Shape stride(shape.size(), 1);
  for (std::size_t i = shape.size(); i-- > 1;) stride[i - 1] = stride[i] * shape[i];
  return stride;
}

PtValue model_config(const ModelConfig& model) {
  PtDict config;
  config.set("vocab_size", integer(model.vocab_size));
  config.set("n_layer", integer(model.n_layer));
  config.set("n_head", integer(model.n_head));
  config.set("n_embd", integer(model.n_embd));
  config.set("block_size", integer(model.block_size));
  config.set("dropout", number(model.dropout));
  config.set("bias", boolean(model.bias));
  // Only then: the Python GPT, which has erf, takes no such key, and stops where it would be wrong.
  if (model.gelu != GeluKind::erf) config.set("gelu", text(std::string(text_of(model.gelu))));
  return {config};
}

PtValue history_of(const History& losses) {
  PtDict history;
  history.set("train_loss", list_of(losses.train_loss));
  history.set("val_loss", list_of(losses.val_loss));
  history.set("epochs", list_of(losses.epochs));
  return {history};
}

PtValue param_group(const AdamWGroup& group, const std::vector<std::int64_t>& ids) {
  PtDict dict;
  dict.set("lr", number(group.learning_rate));
  dict.set("betas", {PtTuple{{number(group.beta1), number(group.beta2)}}});
  dict.set("eps", number(group.eps));
  dict.set("weight_decay", number(group.weight_decay));
  dict.set("amsgrad", boolean(false));
  dict.set("maximize", boolean(false));
  dict.set("foreach", {PtNone{}});
  dict.set("capturable", boolean(false));
  dict.set("differentiable", boolean(false));
  dict.set("fused", {PtNone{}});
  dict.set("decoupled_weight_decay", boolean(true));
  dict.set("params", list_of(ids));
  return {dict};
}

class TrainingTreeBuilder {
 public:
  explicit TrainingTreeBuilder(const TrainingContent& content) : content_(content) {}

  TrainingTree build(const std::string& state_root) {
    PtDict root;
    root.set("model", model());
    root.set("model_config", model_config(content_.model));
    root.set("optimizer", optimizer());
    root.set("epoch", integer(content_.state.epoch));
    root.set("best_loss", number(content_.state.best_loss));
    root.set("train_loss", number(content_.state.train_loss));
    root.set("val_loss", number(content_.state.val_loss));
    root.set("history", history_of(content_.state.history));
    root.set("lockstep", lockstep_entry(state_root));
    return {.root = {root}, .storages = std::move(storages_)};
  }

 private:
  // A tensor over a storage of its own.
  PtTensor tensor(PtDtype dtype, const Shape& shape, StorageContent content) {
    const std::int64_t elements = element_count(shape);
    storages_.push_back(
        {.bytes = elements * bytes_per_element(dtype), .content = std::move(content)});
    return {.storage = std::to_string(storages_.size() - 1),
            .dtype = dtype,
            .storage_elements = elements,
            .offset = 0,
            .shape = shape,
            .stride = row_major_stride(shape)};
  }

  PtTensor values(StateArray array, std::size_t place) {
    return tensor(PtDtype::float32, content_.layout.tensors()[place].spec.shape,
                  TensorValues{.array = array, .place = place});
  }

  // In the order of the Python GPT's state_dict(): a block's mask follows its ln_1. All blocks
  // share one mask.
  PtValue model() {
    PtDict model;
    const std::int64_t T = content_.model.block_size;
    const PtTensor mask = tensor(PtDtype::float32, {1, 1, T, T}, CausalMask{.positions = T});
    PtTensor head;
    for (std::size_t place = 0; place < content_.layout.tensors().size(); ++place) {
      const std::string& name = content_.layout.tensors()[place].spec.name;
      if (const std::size_t end = name.find(".attn.c_attn.weight"); end != std::string::npos)
        model.set(name.substr(0, end) + ".attn.bias", {mask});
      const PtTensor parameter = values(StateArray::parameters, place);
      if (name == "transformer.wte.weight") head = parameter;
      model.set(name, {parameter});
    }
    model.set("lm_head.weight", {head});
    return {model};
  }

  // torch.optim numbers the parameters in the order of the groups.
  PtValue optimizer() {
    PtDict states;
    PtList groups;
    std::int64_t id = 0;
    for (const AdamWGroup& group : content_.groups) {
      std::vector<std::int64_t> ids;
      for (const std::size_t place : group.tensors) {
        if (updates_made(content_.state) > 0)
          states.items.push_back({integer(id), parameter_state(place)});
        ids.push_back(id++);
      }
      groups.push_back(param_group(group, ids));
    }
    PtDict optimizer;
    optimizer.set("state", {states});
    optimizer.set("param_groups", {groups});
    return {optimizer};
  }

  PtValue parameter_state(std::size_t place) {
    PtDict state;
    // A storage for each: torch.optim counts every parameter's step in place.
    state.set("step", {tensor(PtDtype::float32, {}, step_bytes())});
    state.set("exp_avg", {values(StateArray::exp_avg, place)});
    state.set("exp_avg_sq", {values(StateArray::exp_avg_sq, place)});
    return {state};
  }

  std::string step_bytes() const {
    const auto updates = static_cast<float>(updates_made(content_.state));
    const auto bytes = std::bit_cast<std::array<char, sizeof(float)>>(updates);
    return {bytes.begin(), bytes.end()};
  }

  PtValue lockstep_entry(const std::string& state_root) {
    PtDict dict;
    dict.set("state", text(train_state_to_json(content_.state)));
    dict.set("tokenizer_kind", text(content_.tokenizer.kind));
    const std::string& serialized = content_.tokenizer.serialized;
    dict.set("tokenizer",
             {tensor(PtDtype::uint8, {static_cast<std::int64_t>(serialized.size())}, serialized)});
    dict.set("root", text(state_root));
    constexpr auto kDigestBytes = static_cast<std::int64_t>(sizeof(Digest128));
    dict.set("chunk_digests",
             {tensor(PtDtype::uint8, {digest_rows(content_.layout), kDigestBytes}, DigestTable{})});
    return {dict};
  }

  const TrainingContent& content_;
  std::vector<TrainingStorage> storages_;
};

}  // namespace

TrainingTree training_tree(const TrainingContent& content, const std::string& root) {
  assert(root.size() == kRootDigits);
  return TrainingTreeBuilder(content).build(root);
}

std::int64_t digest_rows(const FlatLayout& layout) {
  return static_cast<std::int64_t>(kStateArrays.size()) * chunk_count(layout.elements());
}

}  // namespace lockstep
