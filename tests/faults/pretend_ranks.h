// SPDX-License-Identifier: Apache-2.0
// The ranks of a pretended run as processes: this one is rank 0, the others live for one save each
// and report through a pipe.
#pragma once

#include <string>
#include <vector>

#include "faults/pretend_run.h"
#include "store/save_part.h"

namespace lockstep::test {

// Writes one rank's part.
PartReport write_part(const PretendRun& run, const Moment& moment, const std::string& draft_id,
                      std::int64_t rank);

// The life of a rank other than 0: writes its part and reports to standard output.
void report_part(const PretendRun& run, const Moment& moment, const std::string& draft_id,
                 std::int64_t rank);

// Starts the other ranks with `arguments` of this program, writes the part of rank 0, and waits for
// the reports until the deadline. Throws Error(checkpoint) naming the ranks that failed.
std::vector<PartReport> write_all_parts(const PretendRun& run, const Moment& moment,
                                        const std::string& draft_id,
                                        const std::vector<std::string>& arguments);

}  // namespace lockstep::test
