// SPDX-License-Identifier: Apache-2.0
// Whether a committed set is whole. Reads its shards one by one, so that what is wrong with one
// does not hide what is wrong with another.
#pragma once

#include <filesystem>
#include <string>

#include "store/problem_list.h"

namespace lockstep {

// Adds to `problems`; the root of the tensors as they are, or nothing if they cannot all be read.
std::string verify_set(const std::filesystem::path& folder, ProblemList& problems);

}  // namespace lockstep
