// SPDX-License-Identifier: Apache-2.0
#include "optim/gradient_norm.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "base/vector_clones.h"
#include "device/parallel_for.h"
#include "optim/step_terms.h"

namespace lockstep {
namespace {

constexpr std::size_t kSums = 8;  // at once, element i in sum i mod 8: what vector registers hold
constexpr std::int64_t kBlocksPerTask = 16;

// As doubles: floats lose count after some millions of squares.
LOCKSTEP_VECTOR_CLONES
double square_sum(const float* values, std::size_t count) {
  std::array<double, kSums> sums{};
  std::size_t i = 0;
  for (; i + kSums <= count; i += kSums) {
    for (std::size_t k = 0; k < kSums; ++k) {
      const double value = values[i + k];
      sums[k] += value * value;
    }
  }
  for (std::size_t k = 0; i < count; ++i, ++k) {
    const double value = values[i];
    sums[k] += value * value;
  }
  return std::accumulate(sums.begin(), sums.end(), 0.0);
}

}  // namespace

void block_square_sums(const at::Tensor& gradients, const at::Tensor& result) {
  const std::int64_t elements = gradients.numel();
  const std::int64_t blocks = (elements + kNormBlockElements - 1) / kNormBlockElements;
  const float* const values = gradients.const_data_ptr<float>();
  auto* const sums = result.data_ptr<double>();
  parallel_for(0, blocks, kBlocksPerTask, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t block = begin; block < end; ++block) {
      const std::int64_t first = block * kNormBlockElements;
      const std::int64_t count = std::min(kNormBlockElements, elements - first);
      sums[block] = square_sum(values + first, static_cast<std::size_t>(count));
    }
  });
}

double norm_of_blocks(std::span<const double> square_sums) {
  std::array<double, kNormSums> sums{};
  for (std::size_t i = 0; i < square_sums.size(); ++i) sums[i % sums.size()] += square_sums[i];
  for (std::size_t half = sums.size() / 2; half > 0; half /= 2)
    for (std::size_t i = 0; i < half; ++i) sums[i] += sums[i + half];
  return std::sqrt(sums[0]);
}

double clip_scale(double norm, double max_norm) {
  const double scale = max_norm / (norm + kNormEps);
  return max_norm > 0 && scale < 1.0 ? scale : 1.0;
}

}  // namespace lockstep
