// SPDX-License-Identifier: Apache-2.0
// Where `ckpt-tool consolidate` writes, and what it refuses.
#pragma once

#include <filesystem>
#include <optional>

#include "report/consolidate_report.h"

namespace lockstep {

// Writes one .pt file from the set in `folder`: `output`, or "<set>.pt" in the current folder.
// Throws Error(usage) if the file exists or `folder` is no set, Error(checkpoint) for all else.
ConsolidatedFile consolidate_set(const std::filesystem::path& folder,
                                 const std::optional<std::filesystem::path>& output);

}  // namespace lockstep
