// SPDX-License-Identifier: Apache-2.0
#include <deque>

#include "export/pt_file.h"
#include "export/training_file.h"

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

// The value tree of a file and the storages it refers to, which must not outlive the content.
class TrainingTree {
 public:
  explicit TrainingTree(const TrainingContent& content) : content_(content) {}

  PtValue build() {
    PtDict root;
    root.set("model", model());
    root.set("model_config", model_config());
    root.set("optimizer", optimizer());
    root.set("epoch", integer(content_.state.epoch));
    root.set("best_loss", number(content_.state.best_loss));
    root.set("train_loss", number(content_.state.train_loss));
    root.set("val_loss", number(content_.state.val_loss));
    root.set("history", history());
    root.set("lockstep", lockstep_entry());
    return {root};
  }
  const std::vector<PtStorage>& storages() const { return storages_; }

 private:
  // A tensor over a storage of its own.
  PtTensor tensor(std::span<const std::byte> bytes, PtDtype dtype, const Shape& shape) {
    const std::string key = std::to_string(storages_.size());
    storages_.push_back({.key = key, .bytes = bytes});
    return {.storage = key,
            .dtype = dtype,
            .storage_elements = static_cast<std::int64_t>(bytes.size()) / bytes_per_element(dtype),
            .offset = 0,
            .shape = shape,
            .stride = row_major_stride(shape)};
  }

  PtTensor slice(std::span<const float> flat, const FlatTensor& place) {
    const std::span<const float> elements = flat.subspan(static_cast<std::size_t>(place.offset),
                                                         static_cast<std::size_t>(place.elements));
    return tensor(std::as_bytes(elements), PtDtype::float32, place.spec.shape);
  }

  // In the order of the Python GPT's state_dict(): a block's mask follows its ln_1.
  PtValue model() {
    PtDict model;
    const PtTensor mask = causal_mask();
    PtTensor head;
    for (const FlatTensor& place : content_.layout.tensors()) {
      const std::string& name = place.spec.name;
      if (const std::size_t end = name.find(".attn.c_attn.weight"); end != std::string::npos)
        model.set(name.substr(0, end) + ".attn.bias", {mask});
      const PtTensor parameter = slice(content_.parameters, place);
      if (name == "transformer.wte.weight") head = parameter;
      model.set(name, {parameter});
    }
    model.set("lm_head.weight", {head});
    return {model};
  }

  // Ones on and below the diagonal, shared by all blocks.
  PtTensor causal_mask() {
    const std::int64_t T = content_.model.block_size;
    mask_.assign(static_cast<std::size_t>(T * T), 0.0F);
    for (std::int64_t row = 0; row < T; ++row) {
      for (std::int64_t column = 0; column <= row; ++column)
        mask_[static_cast<std::size_t>(row * T + column)] = 1.0F;
    }
    return tensor(std::as_bytes(std::span(mask_)), PtDtype::float32, {1, 1, T, T});
  }

  PtValue model_config() const {
    PtDict config;
    config.set("vocab_size", integer(content_.model.vocab_size));
    config.set("n_layer", integer(content_.model.n_layer));
    config.set("n_head", integer(content_.model.n_head));
    config.set("n_embd", integer(content_.model.n_embd));
    config.set("block_size", integer(content_.model.block_size));
    config.set("dropout", number(content_.model.dropout));
    config.set("bias", boolean(content_.model.bias));
    return {config};
  }

  // torch.optim numbers the parameters in the order of the groups.
  PtValue optimizer() {
    PtDict states;
    PtList groups;
    std::int64_t id = 0;
    for (const AdamWGroup& group : content_.groups) {
      std::vector<std::int64_t> ids;
      for (const std::size_t place : group.tensors) {
        if (content_.state.step > 0)
          states.items.push_back({integer(id), parameter_state(content_.layout.tensors()[place])});
        ids.push_back(id++);
      }
      groups.push_back(param_group(group, ids));
    }
    PtDict optimizer;
    optimizer.set("state", {states});
    optimizer.set("param_groups", {groups});
    return {optimizer};
  }

  PtValue parameter_state(const FlatTensor& place) {
    PtDict state;
    // A storage for each: torch.optim counts every parameter's step in place.
    steps_.push_back(static_cast<float>(content_.state.step));
    state.set("step", {tensor(std::as_bytes(std::span(&steps_.back(), 1)), PtDtype::float32, {})});
    state.set("exp_avg", {slice(content_.exp_avg, place)});
    state.set("exp_avg_sq", {slice(content_.exp_avg_sq, place)});
    return {state};
  }

  static PtValue param_group(const AdamWGroup& group, const std::vector<std::int64_t>& ids) {
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

  PtValue history() const {
    PtDict history;
    history.set("train_loss", list_of(content_.state.history.train_loss));
    history.set("val_loss", list_of(content_.state.history.val_loss));
    history.set("epochs", list_of(content_.state.history.epochs));
    return {history};
  }

  PtValue lockstep_entry() {
    PtDict dict;
    dict.set("state", text(train_state_to_json(content_.state)));
    dict.set("tokenizer_kind", text(content_.tokenizer.kind));
    const std::string& serialized = content_.tokenizer.serialized;
    dict.set("tokenizer", {tensor(std::as_bytes(std::span(serialized)), PtDtype::uint8,
                                  {static_cast<std::int64_t>(serialized.size())})});
    return {dict};
  }

  const TrainingContent& content_;
  std::vector<PtStorage> storages_;
  std::vector<float> mask_;
  std::deque<float> steps_;  // a deque: the storages point at its elements
};

}  // namespace

void write_training_file(const std::filesystem::path& path, const TrainingContent& content) {
  TrainingTree tree(content);
  const PtValue root = tree.build();
  write_pt_file(path, root, tree.storages());
}

std::int64_t training_file_bytes(const ModelConfig& model, const FlatLayout& layout) {
  constexpr std::int64_t kPerTensor = 1024;  // headers, names and padding of its three entries
  constexpr std::int64_t kFloat = sizeof(float);
  return 3 * layout.elements() * kFloat + model.block_size * model.block_size * kFloat +
         static_cast<std::int64_t>(layout.tensors().size()) * kPerTensor;
}

}  // namespace lockstep
