// SPDX-License-Identifier: Apache-2.0
#include "train/staging.h"

#include <algorithm>

namespace lockstep {

Staging::Staging(ElementRange range) : range_(range) {
  for (const StateArray array : kStateArrays)
    values_[array].resize(static_cast<std::size_t>(range.count()));
}

void Staging::copy(const PerArray<const float*>& live) {
  for (const StateArray array : kStateArrays)
    std::copy_n(live[array] + range_.first, range_.count(), values_[array].data());
}

StateSlice Staging::slice() const {
  StateSlice slice{.range = range_};
  for (const StateArray array : kStateArrays) slice.values[array] = values_[array];
  return slice;
}

}  // namespace lockstep
