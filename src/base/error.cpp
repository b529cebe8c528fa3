// SPDX-License-Identifier: Apache-2.0
#include "base/error.h"

#include <filesystem>
#include <system_error>

namespace lockstep {

ExitCode exit_code_for(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::usage: return ExitCode::usage;
    case ErrorKind::input: return ExitCode::input;
    case ErrorKind::checkpoint: return ExitCode::checkpoint;
    case ErrorKind::communication: return ExitCode::communication;
    case ErrorKind::divergence: return ExitCode::divergence;
    case ErrorKind::out_of_step: return ExitCode::out_of_step;
    case ErrorKind::internal: return ExitCode::internal;
    case ErrorKind::stopped: return ExitCode::stopped;
  }
  return ExitCode::internal;
}

ErrorKind kind_of(const std::exception& error) {
  if (const auto* ours = dynamic_cast<const Error*>(&error)) return ours->kind();
  const bool is_of_files =
      dynamic_cast<const std::filesystem::filesystem_error*>(&error) != nullptr;
  return is_of_files ? ErrorKind::input : ErrorKind::internal;
}

std::string sentence_of(const std::exception& error) {
  const auto* of_files = dynamic_cast<const std::filesystem::filesystem_error*>(&error);
  if (of_files == nullptr) {
    const std::string text = error.what();
    return text.substr(0, text.find("\nException raised from"));
  }
  return "using " + of_files->path1().string() + ": " + errno_text(of_files->code().value());
}

std::string errno_text(int error_number) {
  return std::generic_category().message(error_number) + " (errno " + std::to_string(error_number) +
         ")";
}

}  // namespace lockstep
