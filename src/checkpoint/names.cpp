// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/names.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace lockstep::names {
namespace {

constexpr std::string_view kEpochPrefix = "model_epoch_";
constexpr std::string_view kEpochSuffix = ".pt";
constexpr std::string_view kEpochSet = "epoch_";
constexpr std::string_view kStepSet = "step_";
constexpr std::size_t kIdDigits = 8;
constexpr std::array<std::pair<SetMark, std::string_view>, 3> kMarks = {
    {{SetMark::draft, ".draft-"}, {SetMark::trash, ".trash-"}, {SetMark::replaced, ".replaced-"}}};

std::string padded(std::int64_t number, std::size_t digits) {
  const std::string text = std::to_string(number);
  return std::string(digits - std::min(digits, text.size()), '0') + text;
}

// Leading zeros, signs and spaces are the callers' to refuse: they build the name again.
std::optional<std::int64_t> parse_number(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<SetName> set_name(std::string_view name, std::string_view prefix,
                                std::string (*build)(std::int64_t), std::int64_t lowest) {
  if (!name.starts_with(prefix)) return std::nullopt;
  const std::optional<std::int64_t> number = parse_number(name.substr(prefix.size()));
  if (!number || *number < lowest || build(*number) != name) return std::nullopt;
  return SetName{.ends_an_epoch = prefix == kEpochSet, .number = *number};
}

bool is_id(std::string_view text) {
  return text.size() == kIdDigits &&
         text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

}  // namespace

std::string epoch_file(std::int64_t epoch) {
  return std::string(kEpochPrefix) + std::to_string(epoch) + std::string(kEpochSuffix);
}

std::optional<std::int64_t> parse_epoch_file(std::string_view name) {
  if (!name.starts_with(kEpochPrefix) || !name.ends_with(kEpochSuffix)) return std::nullopt;
  if (name.size() <= kEpochPrefix.size() + kEpochSuffix.size()) return std::nullopt;
  name.remove_prefix(kEpochPrefix.size());
  name.remove_suffix(kEpochSuffix.size());
  const std::optional<std::int64_t> epoch = parse_number(name);
  if (!epoch || *epoch < 1 || std::to_string(*epoch) != name) return std::nullopt;
  return epoch;
}

std::string epoch_set(std::int64_t epoch) { return std::string(kEpochSet) + padded(epoch, 4); }

std::string step_set(std::int64_t step) { return std::string(kStepSet) + padded(step, 8); }

std::optional<SetName> parse_set(std::string_view name) {
  // Epochs are counted from 1; no step may have been made yet.
  if (const auto epoch = set_name(name, kEpochSet, epoch_set, 1)) return epoch;
  return set_name(name, kStepSet, step_set, 0);
}

std::string shard_file(std::int64_t shard, std::int64_t shard_count) {
  return "shard_" + padded(shard, 5) + "_of_" + padded(shard_count, 5) + ".h5";
}

std::string marked_set(const std::string& set, SetMark mark, std::string_view id) {
  for (const auto& [kind, text] : kMarks) {
    if (kind == mark) return set + std::string(text) + std::string(id);
  }
  return {};
}

std::optional<MarkedSet> parse_marked_set(std::string_view name) {
  for (const auto& [kind, text] : kMarks) {
    const std::size_t place = name.find(text);
    if (place == std::string_view::npos || !is_id(name.substr(place + text.size()))) continue;
    const std::string_view set = name.substr(0, place);
    if (parse_set(set)) return MarkedSet{.set = std::string(set), .mark = kind};
  }
  return std::nullopt;
}

}  // namespace lockstep::names
