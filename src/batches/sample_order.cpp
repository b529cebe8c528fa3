// SPDX-License-Identifier: Apache-2.0
#include "batches/sample_order.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <utility>

#include "base/random.h"

namespace lockstep {
namespace {

constexpr unsigned kRounds = 6;

}  // namespace

SampleOrder::SampleOrder(std::uint64_t seed, std::int64_t count)
    : seed_(seed),
      count_(static_cast<std::uint64_t>(count)),
      half_bits_(std::max(1U, (static_cast<unsigned>(std::bit_width(count_ - 1)) + 1) / 2)) {
  assert(count >= 1);
}

std::int64_t SampleOrder::window(std::int64_t epoch, std::int64_t position) const {
  auto value = static_cast<std::uint64_t>(position);
  assert(value < count_);
  // The domain is less than eight times the count, so the walk is a few steps long.
  do {
    value = permute(value, static_cast<std::uint64_t>(epoch));
  } while (value >= count_);
  return static_cast<std::int64_t>(value);
}

std::uint64_t SampleOrder::permute(std::uint64_t value, std::uint64_t epoch) const {
  const std::uint64_t mask = (std::uint64_t{1} << half_bits_) - 1;
  std::uint64_t left = value >> half_bits_;
  std::uint64_t right = value & mask;
  for (unsigned round = 0; round < kRounds; ++round) {
    const std::uint64_t bits =
        random_bits(seed_, RandomPurpose::sample_order, epoch * kRounds + round, right);
    left = std::exchange(right, (left ^ bits) & mask);
  }
  return (left << half_bits_) | right;
}

}  // namespace lockstep
