// SPDX-License-Identifier: Apache-2.0
// The gradients of queries, keys and values side by side, as the linear map that made them takes
// them, and their sums over groups of rows for its bias, in one pass.
#pragma once

#include "model/cuda/element.h"

namespace lockstep::cuda {

// joined [rows, 3 x columns] from the three [rows, columns]; groups [group_count(rows), 3 x
// columns] float32.
void join_heads(Element element, const void* queries, const void* keys, const void* values,
                std::int64_t rows, std::int64_t columns, void* joined, float* groups,
                Stream stream);

}  // namespace lockstep::cuda
