// SPDX-License-Identifier: Apache-2.0
#include "export/strided_copy.h"

#include <algorithm>
#include <cassert>
#include <cstring>

namespace lockstep {

bool is_row_major(const PtTensor& tensor) {
  std::int64_t expected = 1;
  for (std::size_t i = tensor.shape.size(); i-- > 0;) {
    if (tensor.shape[i] != 1 && tensor.stride[i] != expected) return false;
    expected *= tensor.shape[i];
  }
  return true;
}

std::int64_t view_extent(const PtTensor& tensor) {
  if (std::ranges::count(tensor.shape, 0) > 0) return 0;
  std::int64_t extent = 1;
  for (std::size_t i = 0; i < tensor.shape.size(); ++i)
    extent += (tensor.shape[i] - 1) * tensor.stride[i];
  return extent;
}

void copy_row_major(const PtTensor& tensor, std::span<const std::byte> view,
                    std::span<std::byte> destination) {
  const auto width = static_cast<std::size_t>(bytes_per_element(tensor.dtype));
  assert(view.size() == static_cast<std::size_t>(view_extent(tensor)) * width);
  Shape index(tensor.shape.size(), 0);
  std::int64_t element = 0;
  for (std::size_t to = 0; to < destination.size(); to += width) {
    std::memcpy(&destination[to], &view[static_cast<std::size_t>(element) * width], width);
    for (std::size_t axis = index.size(); axis-- > 0;) {
      element += tensor.stride[axis];
      if (++index[axis] < tensor.shape[axis]) break;
      element -= index[axis] * tensor.stride[axis];
      index[axis] = 0;
    }
  }
}

}  // namespace lockstep
