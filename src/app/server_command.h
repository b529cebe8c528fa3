// SPDX-License-Identifier: Apache-2.0
// The command line of the server: what was asked for. Reads and runs nothing.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace lockstep {

enum class ServerAction { serve, version, help };

struct ServerCommand {
  ServerAction action = ServerAction::serve;
  std::string help;  // what to print for ServerAction::help
  std::filesystem::path checkpoint;
  std::string host = "127.0.0.1";
  int port = 8000;                  // 0: any that is free
  int threads = 0;                  // 0: one for each usable core
  std::optional<std::string> lang;  // "zh" or "en"; absent: by locale
};

// `checkpoint_of_environment`: LLM_CHECKPOINT, where it is set; what is on the command line goes
// before it. Throws Error(usage) naming what is unknown or malformed.
ServerCommand parse_server_command(int argc, const char* const* argv,
                                   const std::optional<std::string>& checkpoint_of_environment);

}  // namespace lockstep
