// SPDX-License-Identifier: Apache-2.0
// The ruled lines that frame the reports, and those between them.
#pragma once

#include <string>

namespace lockstep {

inline std::string narrow_rule() { return std::string(48, '=') + "\n"; }
inline std::string wide_rule() { return std::string(80, '=') + "\n"; }

// A sentence as a line of its own, below a rule or a title.
inline std::string indented(const std::string& sentence) { return "  " + sentence + "\n"; }

}  // namespace lockstep
