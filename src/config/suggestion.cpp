// SPDX-License-Identifier: Apache-2.0
#include "config/suggestion.h"

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <vector>

namespace lockstep {
namespace {

constexpr std::size_t kLettersPerSlip = 3;  // a name of six letters may differ in two
constexpr std::size_t kShortestBeginning = 3;

// The fewest insertions, deletions and replacements of one letter that make `b` of `a`.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({row[j] + 1, row[j + 1] + 1, replaced});
    }
  }
  return row[b.size()];
}

bool is_beginning(std::string_view given, std::string_view name) {
  return given.size() >= kShortestBeginning && name.starts_with(given);
}

}  // namespace

std::optional<std::string_view> nearest_name(std::string_view given,
                                             std::span<const std::string_view> names) {
  std::optional<std::string_view> nearest;
  std::size_t nearest_distance = 0;
  for (const std::string_view name : names) {
    const std::size_t distance = edit_distance(given, name);
    const std::size_t slips =
        std::max<std::size_t>(1, std::max(given.size(), name.size()) / kLettersPerSlip);
    if (distance > slips && !is_beginning(given, name)) continue;
    if (nearest && distance >= nearest_distance) continue;
    nearest = name;
    nearest_distance = distance;
  }
  return nearest;
}

std::string did_you_mean(std::optional<std::string_view> suggestion) {
  return suggestion ? "; did you mean '" + std::string(*suggestion) + "'?" : "";
}

std::string alternatives(std::span<const std::string_view> names) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i > 0) text += i + 1 == names.size() ? " or " : ", ";
    text += "'" + std::string(names[i]) + "'";
  }
  return text;
}

std::string choice_instead_of(std::string_view given, std::span<const std::string_view> names) {
  return alternatives(names) + did_you_mean(nearest_name(given, names));
}

}  // namespace lockstep
