// SPDX-License-Identifier: Apache-2.0
// Warnings and errors on stderr, printable. What a run reports to people (epochs, saved files)
// goes to stdout through report/ instead.
#pragma once

#include <string>

namespace lockstep {

std::string host_name();
// "rank 3 on h2", of a rank of this host.
std::string rank_name(int rank);

// Names the rank that speaks in the lines to come, and its host; a world of one needs no name.
void name_log_after_rank(int rank, int world_size);

// Whether each line first erases what stands in the line of the terminal: while a progress bar is
// drawn there. THREADS: any.
void erase_line_before_log(bool erases);

void log_warning(const std::string& text);
void log_error(const std::string& text);

}  // namespace lockstep
