// SPDX-License-Identifier: Apache-2.0
// JSON that ends a process whose reader walks down its levels.
#pragma once

#include <string>

namespace lockstep::test {

// A list in a list in a list ..., two hundred thousand times.
inline std::string deep_list() {
  constexpr std::size_t kLevels = 200'000;
  return std::string(kLevels, '[') + std::string(kLevels, ']');
}

}  // namespace lockstep::test
