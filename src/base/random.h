// SPDX-License-Identifier: Apache-2.0
// Random numbers as a pure function of what they are for: nothing to seed, advance or save, so a
// resumed run and a run of another world size draw the same ones.
#pragma once

#include <cstdint>

namespace lockstep {

// What a number is drawn for; two purposes never share a number.
enum class RandomPurpose : std::uint64_t {
  initialization = 1,
  sample_order = 2,
  dropout = 3,
  generation = 4,
  training_lines = 5
};

// One round of the SplitMix64 finaliser (Steele, Lea, Flood 2014): a bijection that mixes all bits.
constexpr std::uint64_t mix_bits(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15ULL;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}

// 64 random bits for the `index`th draw of `stream`, for one purpose of one run.
constexpr std::uint64_t random_bits(std::uint64_t seed, RandomPurpose purpose, std::uint64_t stream,
                                    std::uint64_t index = 0) {
  const std::uint64_t key = mix_bits(mix_bits(seed) ^ static_cast<std::uint64_t>(purpose));
  return mix_bits(mix_bits(key ^ stream) ^ index);
}

}  // namespace lockstep
