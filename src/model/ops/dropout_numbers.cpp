// SPDX-License-Identifier: Apache-2.0
#include "model/ops/dropout_numbers.h"

#include <cmath>

#include "base/vector_clones.h"

namespace lockstep {
namespace {

// Generators side by side, so that a processor's vectors are full.
constexpr std::int64_t kWidth = 16;
constexpr std::int64_t kWords = 4;
constexpr int kRounds = 7;
constexpr double kSteps = 65536.0;

static_assert(kDropoutGroup == kWidth * kWords * 2);

}  // namespace

// All in one loop over the generators: what is called in a clone is no clone itself.
LOCKSTEP_VECTOR_CLONES
void dropout_factors(const Dropout& dropout, std::uint32_t row, std::int64_t first_group,
                     std::int64_t groups, float* factors) {
  const auto threshold = static_cast<std::uint32_t>(std::lround(dropout.probability * kSteps));
  const auto kept = static_cast<float>(1.0 / (1.0 - threshold / kSteps));
  for (std::int64_t group = 0; group < groups; ++group, factors += kDropoutGroup) {
    const auto first = static_cast<std::uint32_t>((first_group + group) * kWidth);
    for (std::uint32_t i = 0; i < kWidth; ++i) {
      auto key_0 = static_cast<std::uint32_t>(dropout.key);
      auto key_1 = static_cast<std::uint32_t>(dropout.key >> 32);
      std::uint32_t word_0 = first + i;
      std::uint32_t word_1 = row;
      std::uint32_t word_2 = dropout.site;
      std::uint32_t word_3 = 0;
      for (int round = 0; round < kRounds; ++round) {
        const std::uint64_t product_0 = std::uint64_t{0xD2511F53U} * word_0;
        const std::uint64_t product_1 = std::uint64_t{0xCD9E8D57U} * word_2;
        word_0 = static_cast<std::uint32_t>(product_1 >> 32) ^ word_1 ^ key_0;
        word_1 = static_cast<std::uint32_t>(product_1);
        word_2 = static_cast<std::uint32_t>(product_0 >> 32) ^ word_3 ^ key_1;
        word_3 = static_cast<std::uint32_t>(product_0);
        key_0 += 0x9E3779B9U;
        key_1 += 0xBB67AE85U;
      }
      factors[0 * kWidth + i] = (word_0 & 0xffffU) < threshold ? 0.0F : kept;
      factors[1 * kWidth + i] = (word_0 >> 16) < threshold ? 0.0F : kept;
      factors[2 * kWidth + i] = (word_1 & 0xffffU) < threshold ? 0.0F : kept;
      factors[3 * kWidth + i] = (word_1 >> 16) < threshold ? 0.0F : kept;
      factors[4 * kWidth + i] = (word_2 & 0xffffU) < threshold ? 0.0F : kept;
      factors[5 * kWidth + i] = (word_2 >> 16) < threshold ? 0.0F : kept;
      factors[6 * kWidth + i] = (word_3 & 0xffffU) < threshold ? 0.0F : kept;
      factors[7 * kWidth + i] = (word_3 >> 16) < threshold ? 0.0F : kept;
    }
  }
}

}  // namespace lockstep
