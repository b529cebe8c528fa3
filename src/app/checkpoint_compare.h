// SPDX-License-Identifier: Apache-2.0
// Compares two checkpoints by their small parts and digests: no tensor is read.
#pragma once

#include <filesystem>

#include "report/compare_report.h"

namespace lockstep {

// Sets or .pt files. Throws Error(checkpoint).
Comparison compare_checkpoints(const std::filesystem::path& first,
                               const std::filesystem::path& second);

}  // namespace lockstep
