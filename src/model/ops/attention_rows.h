// SPDX-License-Identifier: Apache-2.0
// What attention does with rows of scores between its matrix products, in place and in float32. A
// sum goes over 16 partial sums, so that it has one order on every processor.
#pragma once

#include <cstdint>

namespace lockstep {

// Rows are padded to whole groups of these.
inline constexpr std::int64_t kAttentionLanes = 16;

// The first `count` of a row's scores, times `scale`, become their softmax; those behind, up to
// `width`, 0. Returns the logarithm of the sum of the exponentials.
// REQUIRES: 0 < count <= width, a multiple of kAttentionLanes.
float softmax_row(float* scores, std::int64_t count, std::int64_t width, float scale);

// The same softmax, once more, where that logarithm is known.
void softmax_row_again(float* scores, std::int64_t count, std::int64_t width, float scale,
                       float log_sum);

// row[i] *= factors[i]
void multiply_row(float* row, const float* factors, std::int64_t width);

// From the gradient of the dropped probabilities to that of the scores: upstream[i] becomes
// probabilities[i] x (upstream[i] x factors[i] - mean) x scale.
void scores_gradient_row(float* upstream, const float* probabilities, const float* factors,
                         std::int64_t width, float mean, float scale);

// The sum of a[i] x b[i].
float dot_row(const float* a, const float* b, std::int64_t count);

}  // namespace lockstep
