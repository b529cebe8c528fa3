// SPDX-License-Identifier: Apache-2.0
// How a list of ranks is written for people, in a sentence and in a table, in either language.
#pragma once

#include <span>
#include <string>

namespace lockstep {

// "2-3, 5" of numbers in rising order.
std::string numbers_text(std::span<const int> numbers);

}  // namespace lockstep
