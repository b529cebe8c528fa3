// SPDX-License-Identifier: Apache-2.0
// The command line of ckpt-tool: what was asked for. Reads and runs nothing.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "export/model_format.h"

namespace lockstep {

enum class CkptToolAction {
  list,
  history,
  compare,
  clean,
  verify,
  consolidate,
  export_model,
  version,
  help
};

struct CkptToolCommand {
  CkptToolAction action = CkptToolAction::list;
  std::string help;  // what to print for CkptToolAction::help
  std::filesystem::path directory = "checkpoints";
  bool json = false;
  std::optional<std::string> lang;  // "zh" or "en"; absent: by locale
  // Paths, epoch numbers, "best" or "latest": two to compare, at most one to verify, consolidate or
  // export.
  std::vector<std::string> checkpoints;
  std::int64_t keep = 0;                        // clean
  bool dry_run = false;                         // clean
  bool all = false;                             // verify
  std::optional<std::filesystem::path> output;  // consolidate: a file; export: a folder, given
  ModelFormat format = ModelFormat::hf;         // export
};

// Throws Error(usage) naming what is unknown, malformed or missing.
CkptToolCommand parse_ckpt_tool_command(int argc, const char* const* argv);

}  // namespace lockstep
