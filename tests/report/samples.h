// SPDX-License-Identifier: Apache-2.0
// What the tests of reports share.
#pragma once

#include <cstdint>
#include <limits>
#include <sstream>
#include <string>
#include <vector>

#include "report/words.h"

namespace lockstep::test {

inline const Words& kZh = words_in(Language::zh);
inline const Words& kEn = words_in(Language::en);

// Of the file and the moment in the manual.
inline constexpr std::int64_t kBytes = 510'971'085;
inline constexpr std::int64_t kModified = 1'772'271'923;  // 2026-02-28 17:45:23 in China

inline constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

inline std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

}  // namespace lockstep::test
