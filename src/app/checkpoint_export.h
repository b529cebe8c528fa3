// SPDX-License-Identifier: Apache-2.0
// Where `ckpt-tool export` writes, and what it refuses.
#pragma once

#include <filesystem>

#include "export/model_format.h"
#include "report/export_report.h"

namespace lockstep {

// Writes the model of a set or a .pt file into `folder`, which is made if need be. Throws
// Error(usage) if it is no folder or has one of the files, Error(checkpoint) for all else.
ExportedFolder export_checkpoint(const std::filesystem::path& checkpoint, ModelFormat format,
                                 const std::filesystem::path& folder);

}  // namespace lockstep
