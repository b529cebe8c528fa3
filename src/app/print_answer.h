// SPDX-License-Identifier: Apache-2.0
// What a program was asked for, printable, on its standard output.
#pragma once

#include <string>

namespace lockstep {

// Throws Error(input) if it cannot be written whole: a script must not take half an answer for all
// of it.
void print_answer(const std::string& text);

}  // namespace lockstep
