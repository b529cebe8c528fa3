// SPDX-License-Identifier: Apache-2.0
#include "train/staging.h"

#include <algorithm>

#include "base/direct_writer.h"

namespace lockstep {

Staging::Staging(ElementRange range) : range_(range) {
  for (const StateArray array : kStateArrays)
    values_[array] =
        aligned_zeros<float>(static_cast<std::size_t>(range.count()), kDirectAlignment);
}

void Staging::copy(const PerArray<const float*>& live) {
  for (const StateArray array : kStateArrays)
    std::copy_n(live[array], range_.count(), values_[array].get());
}

StateSlice Staging::slice() const {
  StateSlice slice{.range = range_, .values = {}};
  for (const StateArray array : kStateArrays)
    slice.values[array] = {values_[array].get(), static_cast<std::size_t>(range_.count())};
  return slice;
}

}  // namespace lockstep
