// SPDX-License-Identifier: Apache-2.0
#include "tensors/flat_layout.h"

#include <algorithm>

namespace lockstep {

std::int64_t element_count(const Shape& shape) {
  std::int64_t count = 1;
  for (const std::int64_t extent : shape) count *= extent;
  return count;
}

std::string shape_text(const Shape& shape) {
  std::string text = "[";
  for (const std::int64_t extent : shape) {
    if (text.size() > 1) text += ", ";
    text += std::to_string(extent);
  }
  return text + "]";
}

FlatLayout::FlatLayout(const std::vector<TensorSpec>& specs) {
  for (const TensorSpec& spec : specs) {
    const std::int64_t count = element_count(spec.shape);
    tensors_.push_back({.spec = spec, .offset = elements_, .elements = count});
    elements_ += count;
  }
}

const FlatTensor* FlatLayout::find(const std::string& name) const {
  const auto found = std::ranges::find_if(
      tensors_, [&](const FlatTensor& tensor) { return tensor.spec.name == name; });
  return found == tensors_.end() ? nullptr : &*found;
}

}  // namespace lockstep
