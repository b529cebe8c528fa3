// SPDX-License-Identifier: Apache-2.0
#include "export/training_file.h"

#include <cmath>

#include "base/error.h"
#include "base/sentence.h"
#include "config/fields.h"
#include "config/suggestion.h"
#include "export/pt_lookup.h"
#include "export/python_history.h"

namespace lockstep {
namespace {

constexpr std::int64_t kMaxExactStep = 1 << 24;  // torch counts steps in float32

}  // namespace

TrainingFile::TrainingFile(const std::filesystem::path& path) : path_(path), reader_(path) {}

void TrainingFile::fail(const std::string& found) const {
  throw Error(ErrorKind::checkpoint, sentence("reading {0}: {1}", {path_, found}));
}

const PtDict& TrainingFile::entries() const {
  const PtDict* const dict = reader_.root().as<PtDict>();
  if (dict == nullptr) fail(sentence("not a training checkpoint: its content is not a dictionary"));
  return *dict;
}

const PtValue& TrainingFile::entry(const PtDict& dict, const std::string& key) const {
  const PtValue* const value = dict.find(key);
  if (value == nullptr) fail(sentence("the entry '{0}' is missing", {key}));
  return *value;
}

TrainingSummary TrainingFile::summary() const {
  const PtDict& dict = entries();
  return {.epoch = whole_number_in(dict.find("epoch")),
          .train_loss = number_in(dict.find("train_loss")),
          .val_loss = number_in(dict.find("val_loss")),
          .best_loss = number_in(dict.find("best_loss"))};
}

// Files without the key have erf.
GeluKind TrainingFile::gelu_in(const PtDict& model_config) const {
  const PtValue* const value = model_config.find("gelu");
  if (value == nullptr) return GeluKind::erf;
  const std::string* const text = value->as<std::string>();
  const auto kind = choice_named<GeluKind>(text == nullptr ? "" : *text);
  if (!kind) fail(sentence("'model_config.gelu' is not {0}", {alternatives(texts_of(GeluKind{}))}));
  return *kind;
}

ModelConfig TrainingFile::model_config() const {
  const std::string name = entries().find("model_config") ? "model_config" : "model_args";
  const PtValue* const sizes = entries().find(name);
  if (sizes == nullptr)
    fail(
        sentence("the entry 'model_config' is missing (nanoGPT's 'model_args' would do); save the "
                 "model's state_dict() as 'model', and its sizes as 'model_config'"));
  const PtDict* const stored = dict_in(sizes);
  if (stored == nullptr) fail(sentence("'{0}' is not a dictionary", {name}));
  const auto whole = [&](const std::string& key) {
    const std::optional<std::int64_t> value = integer_in(stored->find(key));
    if (!value) fail(sentence("'{0}' has no whole number '{1}'", {name, key}));
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
          .bias = has_bias == nullptr || *has_bias,
          .gelu = gelu_in(*stored)};
}

bool TrainingFile::is_ours() const { return dict_in(entries().find("lockstep")) != nullptr; }

TrainState TrainingFile::state() const {
  if (!is_ours()) return state_of_python();
  const std::string* const json =
      entry(*dict_in(entries().find("lockstep")), "state").as<std::string>();
  if (json == nullptr) fail(sentence("'lockstep.state' is not a text"));
  try {
    return train_state_from_json(*json);
  } catch (const Error& error) {
    fail(std::string("'lockstep.state': ") + error.what());
  }
}

TrainState TrainingFile::state_of_python() const {
  const TrainingSummary found = summary();
  TrainState state;
  if (!found.epoch && entries().find("epoch") != nullptr)
    fail(sentence("'epoch' is not a whole number; save the file again with int(epoch)"));
  state.epoch = found.epoch.value_or(0);
  if (state.epoch < 0 || state.epoch > kMostEpochs)
    fail(sentence("'epoch' is {0}; it must be from 0 to {1}", {state.epoch, kMostEpochs}));
  // No loss is lower than NaN: there would never be a best epoch again.
  if (found.best_loss && !std::isnan(*found.best_loss)) state.best_loss = *found.best_loss;
  state.train_loss = found.train_loss.value_or(state.train_loss);
  state.val_loss = found.val_loss.value_or(state.val_loss);
  state.history = python_history(entries().find("history")).history;
  for (std::size_t i = 0; i < state.history.epochs.size(); ++i) {
    if (state.history.val_loss[i] == state.best_loss) state.best_epoch = state.history.epochs[i];
  }
  return state;
}

std::string TrainingFile::history_problem() const {
  if (is_ours()) return "";
  const std::string problem = python_history(entries().find("history")).problem;
  if (problem.empty()) return "";
  return sentence("reading {0}: {1}; it is read without its history", {path_, problem});
}

std::optional<StoredTokenizer> TrainingFile::tokenizer() const {
  const PtDict* const ours = dict_in(entries().find("lockstep"));
  if (ours == nullptr) return std::nullopt;
  const std::string* const kind = entry(*ours, "tokenizer_kind").as<std::string>();
  const PtTensor* const bytes = entry(*ours, "tokenizer").as<PtTensor>();
  // A view may repeat elements without end; a tokenizer has as many as its storage.
  const bool is_plain = bytes != nullptr && bytes->dtype == PtDtype::uint8 &&
                        bytes->shape == Shape{bytes->storage_elements};
  if (kind == nullptr || !is_plain) fail(sentence("'lockstep.tokenizer' is not a tokenizer"));
  return StoredTokenizer{.kind = *kind, .serialized = reader_.read_storage(*bytes)};
}

std::optional<std::string> TrainingFile::root() const {
  const PtDict* const ours = dict_in(entries().find("lockstep"));
  const PtValue* const stored = ours == nullptr ? nullptr : ours->find("root");
  if (stored == nullptr) return std::nullopt;
  const std::string* const digits = stored->as<std::string>();
  if (digits == nullptr) fail(sentence("'lockstep.root' is not a text"));
  return *digits;
}

std::optional<double> TrainingFile::learning_rate() const {
  const PtDict* const optimizer = dict_in(entries().find("optimizer"));
  const PtList* const groups =
      optimizer == nullptr ? nullptr : list_in(optimizer->find("param_groups"));
  const PtDict* const first =
      groups == nullptr || groups->empty() ? nullptr : dict_in(&groups->front());
  return first == nullptr ? std::nullopt : number_in(first->find("lr"));
}

const PtDict* TrainingFile::optimizer_states() const {
  const PtValue* const stored = entries().find("optimizer");
  if (stored == nullptr) return nullptr;
  const PtDict* const optimizer = dict_in(stored);
  const PtDict* const states = optimizer == nullptr ? nullptr : dict_in(optimizer->find("state"));
  if (states == nullptr || list_in(optimizer->find("param_groups")) == nullptr)
    fail(sentence("'optimizer' is not the state_dict of a torch optimizer"));
  return states->items.empty() ? nullptr : states;
}

std::int64_t TrainingFile::optimizer_steps() const {
  const PtDict* const states = optimizer_states();
  if (states == nullptr) return 0;
  if (is_ours()) return updates_made(state());
  const PtDict* const first = dict_in(find_integer_key(*states, 0));
  if (first == nullptr) fail(sentence("the optimizer's state of its first parameter is missing"));
  const PtValue& stored = entry(*first, "step");
  const double step = stored.as<PtTensor>() == nullptr ? number_in(&stored).value_or(-1.0)
                                                       : scalar_in(*stored.as<PtTensor>());
  if (!(step >= 0.0 && step <= kMaxExactStep))
    fail(sentence("the optimizer's step count is {0}", {std::to_string(step)}));
  return static_cast<std::int64_t>(step);
}

double TrainingFile::scalar_in(const PtTensor& tensor) const {
  if (tensor.dtype != PtDtype::float32 || element_count(tensor.shape) != 1)
    fail(sentence("the optimizer's step count is not one float32"));
  float number = 0.0F;
  reader_.read_tensor(tensor, std::as_writable_bytes(std::span(&number, 1)));
  return number;
}

}  // namespace lockstep
