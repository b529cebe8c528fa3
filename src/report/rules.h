// SPDX-License-Identifier: Apache-2.0
// The ruled lines that frame the reports.
#pragma once

#include <string>

namespace lockstep {

inline std::string narrow_rule() { return std::string(48, '=') + "\n"; }
inline std::string wide_rule() { return std::string(80, '=') + "\n"; }

}  // namespace lockstep
