// SPDX-License-Identifier: Apache-2.0
// A run of elements of a tensor, in row-major order, as boxes: what libraries that speak of
// subarrays want to hear. Pure.
#pragma once

#include <vector>

#include "tensors/chunks.h"
#include "tensors/flat_layout.h"

namespace lockstep {

// The elements whose index along dimension i is in [first[i], first[i] + count[i]).
struct Box {
  std::vector<std::int64_t> first;
  std::vector<std::int64_t> count;
  friend bool operator==(const Box&, const Box&) = default;
};

// The boxes that together hold the elements of `run`, in its order and none of them empty: at most
// 2N - 1 for N dimensions. REQUIRES: the run lies within the tensor.
std::vector<Box> boxes_of(const Shape& shape, ElementRange run);

}  // namespace lockstep
