// SPDX-License-Identifier: Apache-2.0
#include "export/pt_lookup.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace lockstep {

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

std::optional<std::int64_t> whole_number_in(const PtValue* value) {
  if (const auto whole = integer_in(value)) return whole;
  const double* const real = value == nullptr ? nullptr : value->as<double>();
  constexpr double kLimit = 9223372036854775808.0;  // 2^63, the first that does not fit
  if (real == nullptr || !(std::abs(*real) < kLimit) || *real != std::floor(*real))
    return std::nullopt;
  return static_cast<std::int64_t>(*real);
}

const PtDict* dict_in(const PtValue* value) {
  return value == nullptr ? nullptr : value->as<PtDict>();
}

const PtList* list_in(const PtValue* value) {
  return value == nullptr ? nullptr : value->as<PtList>();
}

std::optional<std::vector<double>> numbers_in(const PtValue* value) {
  const PtList* const list = list_in(value);
  if (list == nullptr) return std::nullopt;
  std::vector<double> numbers;
  for (const PtValue& item : *list) {
    const bool is_none = item.as<PtNone>() != nullptr;
    const std::optional<double> number =
        is_none ? std::numeric_limits<double>::quiet_NaN() : number_in(&item);
    if (!number) return std::nullopt;
    numbers.push_back(*number);
  }
  return numbers;
}

const PtValue* find_integer_key(const PtDict& dict, std::int64_t key) {
  const auto found = std::ranges::find_if(dict.items, [&](const PtItem& item) {
    const auto* whole = item.key.as<std::int64_t>();
    return whole != nullptr && *whole == key;
  });
  return found == dict.items.end() ? nullptr : &found->value;
}

}  // namespace lockstep
