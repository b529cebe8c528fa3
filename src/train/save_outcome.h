// SPDX-License-Identifier: Apache-2.0
// What ranks tell each other of a save, as a text that all of them gather: a report, or what went
// wrong. Pure.
#pragma once

#include <exception>
#include <string>
#include <vector>

namespace lockstep {

std::string success_outcome(const std::string& report);
std::string failure_outcome(const std::string& problem);
// Knows DirectoryTaken, after which there is nothing more to save here.
std::string failure_outcome(const std::exception& error);
// A checkpoint that is committed, but has not got all of its names.
std::string unnamed_outcome(const std::string& problem);

// REQUIRES: a success.
std::string report_in(const std::string& outcome);

// "rank 1: ...; rank 3: ..." of the first ranks that failed, and how many more; empty if none did.
std::string failures_in(const std::vector<std::string>& outcomes);
// Whether another process has the directory.
bool are_ousted(const std::vector<std::string>& outcomes);
// Why names are missing; empty if none is.
std::string unnamed_in(const std::vector<std::string>& outcomes);

}  // namespace lockstep
