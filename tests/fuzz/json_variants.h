// SPDX-License-Identifier: Apache-2.0
// JSON that is well-formed and means something else: bytes changed at random seldom are.
#pragma once

#include <string>
#include <vector>

namespace lockstep::test {

// The text once for each of its values and each of some others, which stands there instead.
std::vector<std::string> json_variants(const std::string& json);

}  // namespace lockstep::test
