// SPDX-License-Identifier: Apache-2.0
// Compares two checkpoints by their small parts and digests. Tensors are read only where the roots
// are equal, to say that they are identical.
#pragma once

#include <filesystem>

#include "report/compare_report.h"

namespace lockstep {

// Sets or .pt files. Throws Error(checkpoint), also if one of equal roots is damaged.
Comparison compare_checkpoints(const std::filesystem::path& first,
                               const std::filesystem::path& second);

}  // namespace lockstep
