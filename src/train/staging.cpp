// SPDX-License-Identifier: Apache-2.0
#include "train/staging.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>

#include "base/direct_writer.h"

namespace lockstep {

void Staging::Free::operator()(float* values) const { std::free(values); }

Staging::Values Staging::allocate(std::int64_t count) {
  const std::size_t bytes = static_cast<std::size_t>(count) * sizeof(float);
  const std::size_t pages = bytes / kDirectAlignment + 1;
  Values values(
      static_cast<float*>(std::aligned_alloc(kDirectAlignment, pages * kDirectAlignment)));
  if (!values) throw std::bad_alloc();
  std::memset(values.get(), 0, bytes);
  return values;
}

Staging::Staging(ElementRange range) : range_(range) {
  for (const StateArray array : kStateArrays) values_[array] = allocate(range.count());
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
