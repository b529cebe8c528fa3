// SPDX-License-Identifier: Apache-2.0
// Turns a matrix in memory.
#pragma once

#include <cstdint>
#include <span>

namespace lockstep {

// `turned` becomes the transpose of `matrix`, whose rows have `columns` elements each. REQUIRES:
// both have as many elements, whole rows of them, and do not overlap.
void transpose(std::span<const float> matrix, std::int64_t columns, std::span<float> turned);

}  // namespace lockstep
