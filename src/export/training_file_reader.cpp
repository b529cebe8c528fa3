// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "base/error.h"
#include "export/training_file.h"

namespace lockstep {
namespace {

// Python writes whole floats now and then as ints.
std::optional<double> number_in(const PtValue* value) {
  if (value == nullptr) return std::nullopt;
  if (const auto* real = value->as<double>()) return *real;
  if (const auto* whole = value->as<std::int64_t>()) return static_cast<double>(*whole);
  return std::nullopt;
}

std::optional<std::int64_t> integer_in(const PtValue* value) {
  if (value == nullptr) return std::nullopt;
  if (const auto* whole = value->as<std::int64_t>()) return *whole;
  return std::nullopt;
}

std::vector<double> numbers_in(const PtValue* value) {
  std::vector<double> numbers;
  const PtList* const list = value == nullptr ? nullptr : value->as<PtList>();
  if (list == nullptr) return numbers;
  for (const PtValue& item : *list) {
    if (const std::optional<double> number = number_in(&item)) numbers.push_back(*number);
  }
  return numbers;
}

const PtDict* dict_in(const PtValue* value) {
  return value == nullptr ? nullptr : value->as<PtDict>();
}

const PtValue* find_integer_key(const PtDict& dict, std::int64_t key) {
  const auto found = std::ranges::find_if(dict.items, [&](const PtItem& item) {
    const auto* whole = item.key.as<std::int64_t>();
    return whole != nullptr && *whole == key;
  });
  return found == dict.items.end() ? nullptr : &found->value;
}

// The places in the layout in the order in which the optimizer numbers its parameters: that of the
// model, or, with two groups, matrices first and vectors after them.
std::vector<std::size_t> numbered_places(const FlatLayout& layout, std::size_t group_count) {
  std::vector<std::size_t> places(layout.tensors().size());
  for (std::size_t i = 0; i < places.size(); ++i) places[i] = i;
  if (group_count == 2)
    std::stable_partition(places.begin(), places.end(), [&](std::size_t i) {
      return layout.tensors()[i].spec.shape.size() >= 2;
    });
  return places;
}

std::span<float> part_of(std::span<float> flat, const FlatTensor& place) {
  return flat.subspan(static_cast<std::size_t>(place.offset),
                      static_cast<std::size_t>(place.elements));
}

}  // namespace

TrainingFile::TrainingFile(const std::filesystem::path& path) : path_(path), reader_(path) {}

void TrainingFile::fail(const std::string& found) const {
  throw Error(ErrorKind::checkpoint, "reading " + path_.string() + ": " + found);
}

const PtDict& TrainingFile::root() const {
  const PtDict* const dict = reader_.root().as<PtDict>();
  if (dict == nullptr) fail("not a training checkpoint: its content is not a dictionary");
  return *dict;
}

const PtValue& TrainingFile::entry(const PtDict& dict, const std::string& key) const {
  const PtValue* const value = dict.find(key);
  if (value == nullptr) fail("the entry '" + key + "' is missing");
  return *value;
}

TrainingSummary TrainingFile::summary() const {
  const PtDict& dict = root();
  return {.epoch = integer_in(dict.find("epoch")),
          .train_loss = number_in(dict.find("train_loss")),
          .val_loss = number_in(dict.find("val_loss")),
          .best_loss = number_in(dict.find("best_loss"))};
}

ModelConfig TrainingFile::model_config() const {
  const PtDict* const stored = entry(root(), "model_config").as<PtDict>();
  if (stored == nullptr) fail("'model_config' is not a dictionary");
  const auto whole = [&](const std::string& key) {
    const std::optional<std::int64_t> value = integer_in(stored->find(key));
    if (!value) fail("'model_config' has no whole number '" + key + "'");
    return *value;
  };
  const PtValue* const bias = stored->find("bias");
  const bool* const has_bias = bias == nullptr ? nullptr : bias->as<bool>();
  return {.name = "",
          .vocab_size = whole("vocab_size"),
          .n_layer = whole("n_layer"),
          .n_head = whole("n_head"),
          .n_embd = whole("n_embd"),
          .block_size = whole("block_size"),
          .dropout = number_in(stored->find("dropout")).value_or(0.0),
          .bias = has_bias == nullptr || *has_bias};
}

bool TrainingFile::is_ours() const { return dict_in(root().find("lockstep")) != nullptr; }

TrainState TrainingFile::state() const {
  if (!is_ours()) return state_of_python();
  const std::string* const json =
      entry(*dict_in(root().find("lockstep")), "state").as<std::string>();
  if (json == nullptr) fail("'lockstep.state' is not a text");
  try {
    return train_state_from_json(*json);
  } catch (const Error& error) {
    fail(std::string("'lockstep.state': ") + error.what());
  }
}

TrainState TrainingFile::state_of_python() const {
  const TrainingSummary found = summary();
  TrainState state;
  state.epoch = found.epoch.value_or(0);
  state.best_loss = found.best_loss.value_or(state.best_loss);
  state.train_loss = found.train_loss.value_or(state.train_loss);
  state.val_loss = found.val_loss.value_or(state.val_loss);
  if (const PtDict* const history = dict_in(root().find("history"))) {
    state.history = {.train_loss = numbers_in(history->find("train_loss")),
                     .val_loss = numbers_in(history->find("val_loss")),
                     .epochs = {}};
    for (const double epoch : numbers_in(history->find("epochs")))
      state.history.epochs.push_back(static_cast<std::int64_t>(epoch));
  }
  for (std::size_t i = 0; i < std::min(state.history.epochs.size(), state.history.val_loss.size());
       ++i) {
    if (state.history.val_loss[i] == state.best_loss) state.best_epoch = state.history.epochs[i];
  }
  return state;
}

std::optional<StoredTokenizer> TrainingFile::tokenizer() const {
  const PtDict* const ours = dict_in(root().find("lockstep"));
  if (ours == nullptr) return std::nullopt;
  const std::string* const kind = entry(*ours, "tokenizer_kind").as<std::string>();
  const PtTensor* const bytes = entry(*ours, "tokenizer").as<PtTensor>();
  // A view may repeat elements without end; a tokenizer has as many as its storage.
  const bool is_plain = bytes != nullptr && bytes->dtype == PtDtype::uint8 &&
                        bytes->shape == Shape{bytes->storage_elements};
  if (kind == nullptr || !is_plain) fail("'lockstep.tokenizer' is not a tokenizer");
  StoredTokenizer tokenizer{.kind = *kind, .serialized = {}};
  tokenizer.serialized.resize(static_cast<std::size_t>(element_count(bytes->shape)));
  reader_.read_tensor(*bytes, std::as_writable_bytes(std::span(tokenizer.serialized)));
  return tokenizer;
}

void TrainingFile::read_parameters(const FlatLayout& layout, std::span<float> destination) const {
  const PtDict* const model = entry(root(), "model").as<PtDict>();
  if (model == nullptr) fail("'model' is not a dictionary");
  for (const FlatTensor& place : layout.tensors())
    read_into(place.spec.name, entry(*model, place.spec.name), place.spec.shape,
              part_of(destination, place));
}

std::int64_t TrainingFile::read_moments(const FlatLayout& layout, std::span<float> exp_avg,
                                        std::span<float> exp_avg_sq) const {
  const PtDict* const optimizer = entry(root(), "optimizer").as<PtDict>();
  const PtDict* const states = optimizer == nullptr ? nullptr : dict_in(optimizer->find("state"));
  const PtValue* const groups = optimizer == nullptr ? nullptr : optimizer->find("param_groups");
  if (states == nullptr || groups == nullptr || groups->as<PtList>() == nullptr)
    fail("'optimizer' is not the state_dict of a torch optimizer");
  if (states->items.empty()) return 0;
  float step = 0.0F;
  const std::vector<std::size_t> places = numbered_places(layout, groups->as<PtList>()->size());
  for (std::size_t id = 0; id < places.size(); ++id) {
    const FlatTensor& place = layout.tensors()[places[id]];
    const std::string name = "the optimizer's state of " + place.spec.name;
    const PtDict* const state = dict_in(find_integer_key(*states, static_cast<std::int64_t>(id)));
    if (state == nullptr) fail(name + " is missing");
    read_into(name + " (step)", entry(*state, "step"), {}, std::span(&step, 1));
    read_into(name + " (exp_avg)", entry(*state, "exp_avg"), place.spec.shape,
              part_of(exp_avg, place));
    read_into(name + " (exp_avg_sq)", entry(*state, "exp_avg_sq"), place.spec.shape,
              part_of(exp_avg_sq, place));
  }
  constexpr float kMaxExactStep = 1 << 24;
  if (!(step >= 0.0F && step <= kMaxExactStep))
    fail("the optimizer's step count is " + std::to_string(step));
  return static_cast<std::int64_t>(step);
}

void TrainingFile::read_into(const std::string& name, const PtValue& value, const Shape& shape,
                             std::span<float> destination) const {
  const PtTensor* const tensor = value.as<PtTensor>();
  if (tensor == nullptr) fail(name + " is not a tensor");
  if (tensor->dtype != PtDtype::float32)
    fail(name + " has dtype " + dtype_name(tensor->dtype) + ", expected float32");
  if (tensor->shape != shape)
    fail(name + " has shape " + shape_text(tensor->shape) + ", expected " + shape_text(shape));
  reader_.read_tensor(*tensor, std::as_writable_bytes(destination));
}

}  // namespace lockstep
