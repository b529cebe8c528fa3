// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/names.h"

#include <charconv>

namespace lockstep::names {
namespace {

constexpr std::string_view kEpochPrefix = "model_epoch_";
constexpr std::string_view kEpochSuffix = ".pt";

}  // namespace

std::string epoch_file(std::int64_t epoch) {
  return std::string(kEpochPrefix) + std::to_string(epoch) + std::string(kEpochSuffix);
}

std::optional<std::int64_t> parse_epoch_file(std::string_view name) {
  if (!name.starts_with(kEpochPrefix) || !name.ends_with(kEpochSuffix)) return std::nullopt;
  if (name.size() <= kEpochPrefix.size() + kEpochSuffix.size()) return std::nullopt;
  std::int64_t epoch = 0;
  const char* const first = name.data() + kEpochPrefix.size();
  const char* const last = name.data() + name.size() - kEpochSuffix.size();
  const auto [end, error] = std::from_chars(first, last, epoch);
  if (error != std::errc() || end != last || epoch < 1) return std::nullopt;
  if (epoch_file(epoch) != name) return std::nullopt;  // leading zeros
  return epoch;
}

}  // namespace lockstep::names
