// SPDX-License-Identifier: Apache-2.0
// Tokens and positions to vectors, and back to gradients without atomics: tokens are sorted, and
// the rows of equal tokens added in their order, first within pieces of the sorted list, then over
// the pieces: a token that is half the text takes no longer than others.
#pragma once

#include <cstddef>

#include "model/cuda/element.h"

namespace lockstep::cuda {

struct EmbeddingShape {
  std::int64_t sequences = 0;  // B
  std::int64_t tokens = 0;     // T of each
  std::int64_t columns = 0;    // C
  std::int64_t vocabulary = 0;
};

// result [B, T, C] = dropout(token_weight [vocabulary, C][ids] + position_weight [>= T, C]); the
// weights are float32, ids [B, T] in [0, vocabulary).
void embedding(Element element, const EmbeddingShape& shape, const std::int64_t* ids,
               const float* token_weight, const float* position_weight, const Dropout& dropout,
               void* result, Stream stream);

// Memory for both of the following, in bytes.
std::size_t embedding_workspace(const EmbeddingShape& shape);

// Leaves the ids in the workspace as embedding_backward() takes them.
void sort_tokens(const EmbeddingShape& shape, const std::int64_t* ids, void* workspace,
                 Stream stream);

// Adds to token_gradient [vocabulary, C] float32. The first T rows of position_gradient [>= T, C]
// float32 are replaced.
void embedding_backward(Element element, const EmbeddingShape& shape, const void* grad_result,
                        const Dropout& dropout, float* token_gradient, float* position_gradient,
                        void* workspace, Stream stream);

}  // namespace lockstep::cuda
