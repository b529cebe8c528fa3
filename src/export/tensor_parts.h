// SPDX-License-Identifier: Apache-2.0
// Cuts a run of elements of the flat space at the edges of the tensors.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include "tensors/chunks.h"
#include "tensors/flat_layout.h"

namespace lockstep {

// Calls visit(place in the layout, elements of the flat space) for each tensor that has elements of
// `range`, in order.
template <class Visit>
void for_each_part(const FlatLayout& layout, ElementRange range, const Visit& visit) {
  const std::vector<FlatTensor>& tensors = layout.tensors();
  // The first tensor that ends after the start of the range.
  const auto found = std::ranges::upper_bound(
      tensors, range.first, {},
      [](const FlatTensor& tensor) { return tensor.offset + tensor.elements; });
  for (auto place = static_cast<std::size_t>(found - tensors.begin());
       place < tensors.size() && tensors[place].offset < range.last; ++place) {
    const FlatTensor& tensor = tensors[place];
    const ElementRange part{std::max(range.first, tensor.offset),
                            std::min(range.last, tensor.offset + tensor.elements)};
    if (part.count() > 0) visit(place, part);
  }
}

}  // namespace lockstep
