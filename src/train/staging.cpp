// SPDX-License-Identifier: Apache-2.0
#include "train/staging.h"

#include <algorithm>
#include <exception>
#include <thread>

#include "base/direct_writer.h"

namespace lockstep {

bool ends_by(std::chrono::steady_clock::time_point limit, HostCopy& copy) {
  constexpr std::chrono::milliseconds kNap{1};
  try {
    while (!copy.is_done() && std::chrono::steady_clock::now() < limit)
      std::this_thread::sleep_for(kNap);
    return copy.is_done();
  } catch (const std::exception&) {
    return true;  // the GPU has failed, and copies nothing
  }
}

Staging::Staging(ElementRange range) : range_(range) {
  for (const StateArray array : kStateArrays)
    values_[array] =
        aligned_zeros<float>(static_cast<std::size_t>(range.count()), kDirectAlignment);
}

void Staging::copy(const PerArray<const float*>& live) {
  for (const StateArray array : kStateArrays)
    std::copy_n(live[array], range_.count(), values_[array].get());
}

void Staging::pin() {
  const std::size_t bytes = static_cast<std::size_t>(range_.count()) * sizeof(float);
  if (bytes == 0) return;
  for (const StateArray array : kStateArrays)
    pinned_.push_back(pin_memory(values_[array].get(), bytes));
}

std::unique_ptr<HostCopy> Staging::start_copy_from_gpu(const PerArray<const float*>& live) {
  std::vector<HostCopyPiece> pieces;
  if (range_.count() == 0) return start_host_copy(pieces);  // what is not there has no place
  pieces.reserve(kStateArrays.size());
  for (const StateArray array : kStateArrays)
    pieces.push_back({.from = live[array],
                      .to = values_[array].get(),
                      .count = static_cast<std::size_t>(range_.count())});
  return start_host_copy(pieces);
}

StateSlice Staging::slice() const {
  StateSlice slice{.range = range_, .values = {}};
  for (const StateArray array : kStateArrays)
    slice.values[array] = {values_[array].get(), static_cast<std::size_t>(range_.count())};
  return slice;
}

}  // namespace lockstep
