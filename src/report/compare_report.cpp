// SPDX-License-Identifier: Apache-2.0
#include "report/compare_report.h"

#include <cmath>
#include <nlohmann/json.hpp>
#include <vector>

#include "report/columns.h"
#include "report/numbers.h"
#include "report/rules.h"

namespace lockstep {
namespace {

using Json = nlohmann::ordered_json;
using Kind = StateComparison::Kind;
using Cells = std::vector<std::string>;
using Loss = std::optional<double>;

std::string shown_loss(const Loss& loss) { return loss ? loss_text(*loss) : "-"; }

// Absent where one of the two is not known or no number.
Loss difference(const Loss& first, const Loss& second) {
  if (!first || !second || !std::isfinite(*first) || !std::isfinite(*second)) return std::nullopt;
  return *second - *first;
}

std::string signed_text(bool is_negative, const std::string& amount) {
  return (is_negative ? "(-" : "(+") + amount + ")";
}

Cells loss_row(std::string_view title, const Loss& first, const Loss& second) {
  const Loss delta = difference(first, second);
  return {std::string(title), shown_loss(first), shown_loss(second),
          delta ? signed_text(*delta < 0, loss_text(std::abs(*delta))) : ""};
}

// Of counts that look equal the difference goes without saying.
Cells count_row(std::string_view title, std::int64_t first, std::int64_t second,
                std::string (*text_of)(std::int64_t)) {
  const std::int64_t delta = second - first;
  return {std::string(title), text_of(first), text_of(second),
          text_of(std::abs(delta)) == text_of(0)
              ? ""
              : signed_text(delta < 0, text_of(std::abs(delta)))};
}

std::string state_sentence(const Words& words, const Comparison& comparison) {
  const StateComparison& state = comparison.state;
  switch (state.kind) {
    case Kind::identical: return fill(words.same_state, {comparison.first.root});
    case Kind::other_layout: return std::string(words.other_layout);
    case Kind::unknown: return std::string(words.unknown_difference);
    case Kind::different: break;
  }
  if (state.tensor.empty()) return std::string(words.different_state);
  return fill(words.first_difference, {state.array, state.tensor, std::to_string(state.chunk)});
}

std::string_view name_of_kind(Kind kind) {
  switch (kind) {
    case Kind::identical: return "identical";
    case Kind::different: return "different";
    case Kind::other_layout: return "other_layout";
    case Kind::unknown: return "unknown";
  }
  return {};
}

Json compared_loss_json(const Loss& loss) {
  if (!loss) return nullptr;
  const std::optional<std::string_view> name = non_finite_name(*loss);
  return name ? Json(*name) : Json(*loss);
}

Json checkpoint_json(const ComparedCheckpoint& checkpoint) {
  return {{"name", checkpoint.name},
          {"val_loss", compared_loss_json(checkpoint.val_loss)},
          {"train_loss", compared_loss_json(checkpoint.train_loss)},
          {"parameters", checkpoint.parameters},
          {"bytes", checkpoint.bytes},
          {"root", checkpoint.root.empty() ? Json(nullptr) : Json(checkpoint.root)}};
}

Json first_difference_json(const StateComparison& state) {
  if (state.kind != Kind::different || state.tensor.empty()) return nullptr;
  return {{"array", state.array}, {"tensor", state.tensor}, {"chunk", state.chunk}};
}

}  // namespace

std::string compare_report(const Words& words, const Comparison& comparison) {
  const ComparedCheckpoint& first = comparison.first;
  const ComparedCheckpoint& second = comparison.second;
  const std::vector<std::string> lines = lines_in_columns(
      {{std::string(words.measure_title), 18, 0, false},
       {first.name, 22, 0, false},
       {second.name, 18, 0, false},
       {"", 0, 0, false}},
      {loss_row(words.val_loss_title, first.val_loss, second.val_loss),
       loss_row(words.train_loss_title, first.train_loss, second.train_loss),
       count_row(words.parameter_count, first.parameters, second.parameters, thousands_text),
       count_row(words.checkpoint_size, first.bytes, second.bytes, size_text)});
  std::string text = std::string(words.comparison) + "\n" + wide_rule() + lines.front() + "\n";
  text += wide_rule();
  for (std::size_t i = 1; i < lines.size(); ++i) text += lines[i] + "\n";
  return text + wide_rule() + state_sentence(words, comparison) + "\n";
}

std::string compare_json(const Comparison& comparison) {
  const ComparedCheckpoint& first = comparison.first;
  const ComparedCheckpoint& second = comparison.second;
  const Json delta = {
      {"val_loss", compared_loss_json(difference(first.val_loss, second.val_loss))},
      {"train_loss", compared_loss_json(difference(first.train_loss, second.train_loss))},
      {"parameters", second.parameters - first.parameters},
      {"bytes", second.bytes - first.bytes}};
  const Json object = {{"first", checkpoint_json(first)},
                       {"second", checkpoint_json(second)},
                       {"delta", delta},
                       {"state", name_of_kind(comparison.state.kind)},
                       {"first_difference", first_difference_json(comparison.state)}};
  return object.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace lockstep
