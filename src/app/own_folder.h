// SPDX-License-Identifier: Apache-2.0
// Files that a person wants within the directory of a run, which a new run has yet to make.
#pragma once

#include <filesystem>

namespace lockstep {

// Whether the folder of a file is one of the run's own, and is not there yet.
bool waits_for_the_run(const std::filesystem::path& file, const std::filesystem::path& directory);

}  // namespace lockstep
