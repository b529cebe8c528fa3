// SPDX-License-Identifier: Apache-2.0
// Warnings and errors on stderr, one line each. What a run reports to people (epochs, saved files)
// goes to stdout through report/ instead.
#pragma once

#include <string>

namespace lockstep {

// Names the rank that speaks in the lines to come; a world of one needs no name.
void name_log_after_rank(int rank, int world_size);

void log_warning(const std::string& text);
void log_error(const std::string& text);

}  // namespace lockstep
