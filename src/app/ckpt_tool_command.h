// SPDX-License-Identifier: Apache-2.0
// The command line of ckpt-tool: what was asked for. Reads and runs nothing.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace lockstep {

enum class CkptToolAction { list, clean, version, help };

struct CkptToolCommand {
  CkptToolAction action = CkptToolAction::list;
  std::string help;  // what to print for CkptToolAction::help
  std::filesystem::path directory = "checkpoints";
  bool json = false;
  std::optional<std::string> lang;  // "zh" or "en"; absent: by locale
  std::int64_t keep = 0;            // clean
  bool dry_run = false;             // clean
};

// Throws Error(usage) naming what is unknown, malformed or missing.
CkptToolCommand parse_ckpt_tool_command(int argc, const char* const* argv);

}  // namespace lockstep
