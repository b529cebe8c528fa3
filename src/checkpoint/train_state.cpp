// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/train_state.h"

#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/error.h"
#include "base/json_depth.h"
#include "base/sentence.h"

namespace lockstep {
namespace {

using json = nlohmann::ordered_json;

[[noreturn]] void fail_reading_state(const std::string& found) {
  throw Error(ErrorKind::checkpoint, sentence("reading the state of the run: {0}", {found}));
}

json number_to_json(double number) {
  if (std::isnan(number)) return "nan";
  if (std::isinf(number)) return number > 0 ? "inf" : "-inf";
  return number;
}

double number_from_json(const json& value) {
  if (value.is_number()) return value.get<double>();
  const auto text = value.get<std::string>();
  if (text == "nan") return std::numeric_limits<double>::quiet_NaN();
  if (text == "inf") return std::numeric_limits<double>::infinity();
  if (text == "-inf") return -std::numeric_limits<double>::infinity();
  fail_reading_state(sentence("'{0}' stands where a number should be", {text}));
}

json numbers_to_json(const std::vector<double>& numbers) {
  json list = json::array();
  for (const double number : numbers) list.push_back(number_to_json(number));
  return list;
}

std::vector<double> numbers_from_json(const json& list) {
  std::vector<double> numbers;
  for (const json& value : list) numbers.push_back(number_from_json(value));
  return numbers;
}

std::int64_t count_from_json(const json& value) {
  // Negative and fractional numbers are of other types.
  if (value.is_number_unsigned() && std::in_range<std::int64_t>(value.get<std::uint64_t>()))
    return value.get<std::int64_t>();
  fail_reading_state(sentence("{0} stands where a count should be", {value.dump()}));
}

// Absent in older files.
std::int64_t count_or_zero(const json& object, const char* key) {
  return object.contains(key) ? count_from_json(object.at(key)) : 0;
}

History history_of(const json& object) {
  History history{.train_loss = numbers_from_json(object.at("train_loss")),
                  .val_loss = numbers_from_json(object.at("val_loss"))};
  for (const json& epoch : object.at("epochs")) history.epochs.push_back(count_from_json(epoch));
  return is_of_one_length(history) ? history : History();
}

std::string configuration_in(const json& object) {
  if (!object.is_object()) fail_reading_state(sentence("'run_config' is no object"));
  return object.dump(2);
}

TrainState state_of(const json& object) {
  return {.epoch = count_from_json(object.at("epoch")),
          .step = count_from_json(object.at("step")),
          .skipped_steps = count_or_zero(object, "skipped_steps"),
          .cursor = count_or_zero(object, "cursor"),
          .cursor_skipped = count_or_zero(object, "cursor_skipped"),
          .cursor_loss_sum = object.contains("cursor_loss_sum")
                                 ? number_from_json(object["cursor_loss_sum"])
                                 : 0.0,
          .lanes = count_or_zero(object, "lanes"),
          .mode = object.value("mode", std::string()),
          .best_loss = number_from_json(object.at("best_loss")),
          .best_epoch = count_from_json(object.at("best_epoch")),
          .train_loss = number_from_json(object.at("train_loss")),
          .val_loss = number_from_json(object.at("val_loss")),
          .history = history_of(object.at("history")),
          .tokens_digest = object.at("tokens_digest").get<std::string>(),
          .run_config = configuration_in(object.at("run_config"))};
}

}  // namespace

std::string train_state_to_json(const TrainState& state) {
  json object;
  object["epoch"] = state.epoch;
  object["step"] = state.step;
  object["skipped_steps"] = state.skipped_steps;
  object["cursor"] = state.cursor;
  object["cursor_skipped"] = state.cursor_skipped;
  object["cursor_loss_sum"] = number_to_json(state.cursor_loss_sum);
  object["lanes"] = state.lanes;
  object["mode"] = state.mode;
  object["best_loss"] = number_to_json(state.best_loss);
  object["best_epoch"] = state.best_epoch;
  object["train_loss"] = number_to_json(state.train_loss);
  object["val_loss"] = number_to_json(state.val_loss);
  object["history"]["train_loss"] = numbers_to_json(state.history.train_loss);
  object["history"]["val_loss"] = numbers_to_json(state.history.val_loss);
  object["history"]["epochs"] = state.history.epochs;
  object["tokens_digest"] = state.tokens_digest;
  object["run_config"] = json::parse(state.run_config);
  return object.dump(2);
}

TrainState train_state_from_json(const std::string& text) {
  if (nests_too_deep(text)) fail_reading_state(nesting_problem());
  try {
    return state_of(json::parse(text));
  } catch (const json::exception& error) {
    fail_reading_state(error.what());
  }
}

std::string history_to_json(const History& history) {
  // NaN and infinity become null: this file is read by other people's programs.
  json object;
  object["train_loss"] = history.train_loss;
  object["val_loss"] = history.val_loss;
  object["epochs"] = history.epochs;
  return object.dump() + "\n";
}

bool is_history(const std::string& text) {
  if (nests_too_deep(text)) return false;
  const json object = json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!object.is_object()) return false;
  const json train = object.value("train_loss", json());
  const json val = object.value("val_loss", json());
  return train.is_array() && val.is_array() && train.size() == val.size();
}

}  // namespace lockstep
