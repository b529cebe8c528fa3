// SPDX-License-Identifier: Apache-2.0
// What a fuzz program is made of: some inputs, and a reader that is given these and changed ones.
// It must answer each with a value or with an Error that says why not; anything else is a finding:
// another exception, a sanitizer's report, a minute without an answer, memory without bounds.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/error.h"

namespace lockstep::test {

// Written for each program.
std::vector<std::string> first_inputs();
void read_input(const std::string& input);

// Calls `read`. An Error of this kind with a sentence is an answer; returns whether there was none.
bool reads(ErrorKind kind, const std::function<void()>& read);

// Ends the program with this sentence, as a finding, unless `holds`.
void must_hold(bool holds, const std::string& otherwise);

}  // namespace lockstep::test
