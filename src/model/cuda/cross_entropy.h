// SPDX-License-Identifier: Apache-2.0
// Softmax cross-entropy over logits in memory, one pass of reading and one of writing: the logits
// are replaced by their gradients.
#pragma once

#include "model/cuda/element.h"

namespace lockstep::cuda {

struct Logits {
  std::int64_t rows = 0;
  std::int64_t columns = 0;  // the vocabulary
  std::int64_t stride = 0;   // from row to row, at least as many, a multiple of kVector
};

// losses [rows] float32 becomes the cross-entropy of `targets` [rows] in [0, columns). With a
// `scale`, `logits` becomes the gradient of scale x their sum, and 0 beyond `columns`.
void cross_entropy(Element element, void* logits, const Logits& shape, const std::int64_t* targets,
                   float* losses, const float* scale, Stream stream);

// sum [1] float64 becomes the sum of losses [count] times `scale`, in an order that depends on
// `count` alone.
void sum_losses(const float* losses, std::int64_t count, double scale, double* sum, Stream stream);

}  // namespace lockstep::cuda
