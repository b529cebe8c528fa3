// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/retention.h"

#include <algorithm>

namespace lockstep {

std::vector<std::int64_t> epochs_to_remove(std::vector<std::int64_t> epochs,
                                           std::int64_t keep_last_n, std::int64_t written) {
  const auto count = static_cast<std::int64_t>(epochs.size());
  if (keep_last_n == 0 || count <= keep_last_n) return {};
  std::ranges::sort(epochs);
  epochs.resize(static_cast<std::size_t>(count - keep_last_n));
  std::erase(epochs, written);
  return epochs;
}

}  // namespace lockstep
