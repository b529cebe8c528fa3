// SPDX-License-Identifier: Apache-2.0
#include "model/ops/attention_rows.h"

#include <cmath>
#include <cstring>
#include <limits>

#include "base/vector_clones.h"

namespace lockstep {
namespace {

constexpr float kLowest = -std::numeric_limits<float>::infinity();

// Compilers do not see that these loops are work for vectors, so they are written with vectors, of
// a size that processors have: comparisons of larger ones are made one by one. All that is called
// is inlined: what is called in a clone is no clone itself.
#if defined(__x86_64__)
constexpr std::int64_t kVector = 8;
#else
constexpr std::int64_t kVector = 4;
#endif
constexpr std::int64_t kSums = kAttentionLanes / kVector;
using Floats = float __attribute__((vector_size(kVector * sizeof(float))));
using Integers = std::int32_t __attribute__((vector_size(kVector * sizeof(std::int32_t))));

[[gnu::always_inline]] inline void load(const float* from, Floats& floats) {
  std::memcpy(&floats, from, sizeof(floats));
}

[[gnu::always_inline]] inline void store(const Floats& floats, float* to) {
  std::memcpy(to, &floats, sizeof(floats));
}

// As bits. No function takes or returns a vector: how depends on the processor it is compiled for.
template <class From, class To>
[[gnu::always_inline]] inline void copy_bits(const From& from, To& to) {
  static_assert(sizeof(From) == sizeof(To));
  std::memcpy(&to, &from, sizeof(to));
}

// x becomes exp(x), for x <= 0, to 2 units in the last place; 0 below -87. The polynomial is that
// of Cephes' expf (Moshier).
[[gnu::always_inline]] inline void become_exp(Floats& x) {
  const Floats rounding = Floats{} + 12582912.0F;  // 1.5 x 2^23: what is added to it is rounded
  const Floats lowest = Floats{} - 87.0F;
  const Integers is_nothing = x < lowest;
  const Floats clamped = is_nothing ? lowest : x;
  const Floats shifted = clamped * 1.44269504088896341F + rounding;
  const Floats whole = shifted - rounding;
  const Floats rest = clamped - whole * 0.693359375F - whole * -2.12194440e-4F;
  Floats power = Floats{} + 1.9875691500e-4F;
  power = power * rest + 1.3981999507e-3F;
  power = power * rest + 8.3334519073e-3F;
  power = power * rest + 4.1665795894e-2F;
  power = power * rest + 1.6666665459e-1F;
  power = power * rest + 5.0000001201e-1F;
  power = power * (rest * rest) + rest + 1.0F;
  Integers bits_of_shifted, bits_of_rounding;
  copy_bits(shifted, bits_of_shifted);
  copy_bits(rounding, bits_of_rounding);
  const Integers exponent = (bits_of_shifted - bits_of_rounding + 127) << 23;
  Floats scale;
  copy_bits(exponent, scale);
  power *= scale;
  x = is_nothing ? Floats{} : power;
}

// One after the other, so that the order does not depend on the vectors' size.
[[gnu::always_inline]] inline float sum_of(const Floats (&sums)[kSums]) {
  float sum = 0.0F;
  for (const Floats& some : sums)
    for (std::int64_t i = 0; i < kVector; ++i) sum += some[i];
  return sum;
}

std::int64_t in_whole_lanes(std::int64_t count) {
  return (count + kAttentionLanes - 1) / kAttentionLanes * kAttentionLanes;
}

// What lies behind a row's scores, up to the end of their last group, counts for nothing.
void fill(float* scores, std::int64_t first, std::int64_t last, float value) {
  for (std::int64_t i = first; i < last; ++i) scores[i] = value;
}

}  // namespace

LOCKSTEP_VECTOR_CLONES
float softmax_row(float* scores, std::int64_t count, std::int64_t width, float scale) {
  const std::int64_t end = in_whole_lanes(count);
  fill(scores, count, end, kLowest);
  Floats some;
  Floats highest = Floats{} + kLowest;
  for (std::int64_t i = 0; i < end; i += kVector) {
    load(scores + i, some);
    highest = some > highest ? some : highest;
  }
  float top = highest[0];
  for (std::int64_t i = 1; i < kVector; ++i) top = highest[i] > top ? highest[i] : top;
  Floats sums[kSums] = {};
  for (std::int64_t i = 0; i < end; i += kAttentionLanes)
    for (std::int64_t k = 0; k < kSums; ++k) {
      float* const at = scores + i + k * kVector;
      load(at, some);
      some = (some - top) * scale;
      become_exp(some);
      store(some, at);
      sums[k] += some;
    }
  const float sum = sum_of(sums);
  const float part = 1.0F / sum;
  for (std::int64_t i = 0; i < end; ++i) scores[i] *= part;
  fill(scores, end, width, 0.0F);
  return top * scale + std::log(sum);
}

LOCKSTEP_VECTOR_CLONES
void softmax_row_again(float* scores, std::int64_t count, std::int64_t width, float scale,
                       float log_sum) {
  const std::int64_t end = in_whole_lanes(count);
  fill(scores, count, end, kLowest);
  Floats some;
  for (std::int64_t i = 0; i < end; i += kVector) {
    load(scores + i, some);
    some = some * scale - log_sum;
    become_exp(some);
    store(some, scores + i);
  }
  fill(scores, end, width, 0.0F);
}

LOCKSTEP_VECTOR_CLONES
void multiply_row(float* row, const float* factors, std::int64_t width) {
  for (std::int64_t i = 0; i < width; ++i) row[i] *= factors[i];
}

LOCKSTEP_VECTOR_CLONES
void scores_gradient_row(float* upstream, const float* probabilities, const float* factors,
                         std::int64_t width, float mean, float scale) {
  for (std::int64_t i = 0; i < width; ++i)
    upstream[i] = probabilities[i] * (upstream[i] * factors[i] - mean) * scale;
}

LOCKSTEP_VECTOR_CLONES
float dot_row(const float* a, const float* b, std::int64_t count) {
  Floats sums[kSums] = {};
  Floats of_a, of_b;
  const std::int64_t whole = count / kAttentionLanes * kAttentionLanes;
  for (std::int64_t i = 0; i < whole; i += kAttentionLanes)
    for (std::int64_t k = 0; k < kSums; ++k) {
      load(a + i + k * kVector, of_a);
      load(b + i + k * kVector, of_b);
      sums[k] += of_a * of_b;
    }
  float sum = sum_of(sums);
  for (std::int64_t i = whole; i < count; ++i) sum += a[i] * b[i];
  return sum;
}

}  // namespace lockstep
