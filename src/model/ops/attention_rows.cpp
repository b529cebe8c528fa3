// SPDX-License-Identifier: Apache-2.0
#include "model/ops/attention_rows.h"

#include <bit>
#include <cmath>
#include <limits>

#include "base/vector_clones.h"

namespace lockstep {
namespace {

constexpr int kLanes = kAttentionLanes;
constexpr float kLowest = -std::numeric_limits<float>::infinity();

// exp(x) of x <= 0, to 2 units in the last place; 0 below -87. The polynomial is that of Cephes'
// expf (Moshier).
[[gnu::always_inline]] inline float exp_of(float x) {
  constexpr float kRounding = 12582912.0F;  // 1.5 x 2^23: what is added to it is rounded
  const float clamped = x < -87.0F ? -87.0F : x;
  const float shifted = clamped * 1.44269504088896341F + kRounding;
  const float whole = shifted - kRounding;
  const float rest = clamped - whole * 0.693359375F - whole * -2.12194440e-4F;
  float power = 1.9875691500e-4F;
  power = power * rest + 1.3981999507e-3F;
  power = power * rest + 8.3334519073e-3F;
  power = power * rest + 4.1665795894e-2F;
  power = power * rest + 1.6666665459e-1F;
  power = power * rest + 5.0000001201e-1F;
  power = power * (rest * rest) + rest + 1.0F;
  const std::int32_t exponent =
      std::bit_cast<std::int32_t>(shifted) - std::bit_cast<std::int32_t>(kRounding);
  const float scaled = power * std::bit_cast<float>((exponent + 127) << 23);
  return x < -87.0F ? 0.0F : scaled;
}

std::int64_t in_whole_lanes(std::int64_t count) { return (count + kLanes - 1) / kLanes * kLanes; }

// What lies behind a row's scores, up to the end of their last group, counts for nothing.
void fill(float* scores, std::int64_t first, std::int64_t last, float value) {
  for (std::int64_t i = first; i < last; ++i) scores[i] = value;
}

}  // namespace

LOCKSTEP_VECTOR_CLONES
float softmax_row(float* scores, std::int64_t count, std::int64_t width, float scale) {
  const std::int64_t end = in_whole_lanes(count);
  fill(scores, count, end, kLowest);
  float highest[kLanes];
  for (int lane = 0; lane < kLanes; ++lane) highest[lane] = kLowest;
  for (std::int64_t i = 0; i < end; i += kLanes)
    for (int lane = 0; lane < kLanes; ++lane)
      highest[lane] = scores[i + lane] > highest[lane] ? scores[i + lane] : highest[lane];
  float top = highest[0];
  for (int lane = 1; lane < kLanes; ++lane) top = highest[lane] > top ? highest[lane] : top;
  float sums[kLanes] = {};
  for (std::int64_t i = 0; i < end; i += kLanes)
    for (int lane = 0; lane < kLanes; ++lane) {
      scores[i + lane] = exp_of((scores[i + lane] - top) * scale);
      sums[lane] += scores[i + lane];
    }
  float sum = 0.0F;
  for (int lane = 0; lane < kLanes; ++lane) sum += sums[lane];
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
  for (std::int64_t i = 0; i < end; ++i) scores[i] = exp_of(scores[i] * scale - log_sum);
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
  float sums[kLanes] = {};
  const std::int64_t whole = count / kLanes * kLanes;
  for (std::int64_t i = 0; i < whole; i += kLanes)
    for (int lane = 0; lane < kLanes; ++lane) sums[lane] += a[i + lane] * b[i + lane];
  float sum = 0.0F;
  for (int lane = 0; lane < kLanes; ++lane) sum += sums[lane];
  for (std::int64_t i = whole; i < count; ++i) sum += a[i] * b[i];
  return sum;
}

}  // namespace lockstep
