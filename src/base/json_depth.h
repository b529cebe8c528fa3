// SPDX-License-Identifier: Apache-2.0
// What has to be asked of a JSON text from outside before it is parsed. The JSON library parses any
// depth, but copies, compares and prints a value by calling itself once for each level: of a
// megabyte of brackets, a sentence that quotes them would end the process.
#pragma once

#include <string>
#include <string_view>

namespace lockstep {

// What we write nests five levels deep.
inline constexpr int kMostJsonLevels = 100;

// Whether lists and objects lie deeper in each other than kMostJsonLevels. Of a text that is no
// JSON it may say so, too, but never that it does not while a parser would come that deep.
bool nests_too_deep(std::string_view json);

// What people are told of such a text: "it nests deeper than 100 levels".
std::string nesting_problem();

}  // namespace lockstep
