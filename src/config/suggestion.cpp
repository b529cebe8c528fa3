// SPDX-License-Identifier: Apache-2.0
#include "config/suggestion.h"

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <vector>

#include "base/sentence.h"

namespace lockstep {
namespace {

constexpr std::size_t kLettersPerSlip = 3;  // a name of six letters may differ in two
constexpr std::size_t kShortestBeginning = 3;

// The fewest slips of the keyboard that make `b` of `a`: a letter inserted, left out or replaced,
// or two neighbours swapped.
std::size_t slips_between(std::string_view a, std::string_view b) {
  std::vector<std::vector<std::size_t>> slips(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  std::iota(slips[0].begin(), slips[0].end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    slips[i][0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = slips[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      slips[i][j] = std::min({slips[i - 1][j] + 1, slips[i][j - 1] + 1, replaced});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) slips[i][j] = std::min(slips[i][j], slips[i - 2][j - 2] + 1);
    }
  }
  return slips[a.size()][b.size()];
}

bool has_its_first_letter(std::string_view given, std::string_view name) {
  return !given.empty() && !name.empty() && given.front() == name.front();
}

bool is_beginning(std::string_view given, std::string_view name) {
  return given.size() >= kShortestBeginning && name.starts_with(given);
}

}  // namespace

std::optional<std::string_view> nearest_name(std::string_view given,
                                             std::span<const std::string_view> names) {
  std::optional<std::string_view> nearest;
  std::size_t fewest_slips = 0;
  for (const std::string_view name : names) {
    const std::size_t slips = slips_between(given, name);
    const std::size_t allowed =
        std::max<std::size_t>(1, std::max(given.size(), name.size()) / kLettersPerSlip);
    const bool is_close = slips <= allowed && has_its_first_letter(given, name);
    if (!is_close && !is_beginning(given, name)) continue;
    if (nearest && slips >= fewest_slips) continue;
    nearest = name;
    fewest_slips = slips;
  }
  return nearest;
}

std::string did_you_mean(std::optional<std::string_view> suggestion) {
  return suggestion ? sentence("; did you mean '{0}'?", {*suggestion}) : "";
}

std::string either_of(std::span<const std::string> texts) {
  if (texts.empty()) return "";
  if (texts.size() == 1) return texts.front();
  std::string all_but_last = texts.front();
  for (const std::string& text : texts.subspan(1, texts.size() - 2)) all_but_last += ", " + text;
  return sentence("{0} or {1}", {all_but_last, texts.back()});
}

std::string alternatives(std::span<const std::string_view> names) {
  std::vector<std::string> quoted;
  for (const std::string_view name : names) quoted.push_back("'" + std::string(name) + "'");
  return either_of(quoted);
}

std::string choice_instead_of(std::string_view given, std::span<const std::string_view> names) {
  return alternatives(names) + did_you_mean(nearest_name(given, names));
}

}  // namespace lockstep
