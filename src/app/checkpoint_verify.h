// SPDX-License-Identifier: Apache-2.0
// Verifies checkpoints, each file once however many names it has.
#pragma once

#include <filesystem>
#include <vector>

#include "checkpoint/directory.h"
#include "report/verify_report.h"

namespace lockstep {

VerifiedRow verify_one(const std::filesystem::path& checkpoint);

// Every set, then every .pt file. Throws Error(checkpoint) if there are none.
std::vector<VerifiedRow> verify_all(const CheckpointDirectory& directory);

}  // namespace lockstep
