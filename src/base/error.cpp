// SPDX-License-Identifier: Apache-2.0
#include "base/error.h"

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <new>
#include <optional>
#include <string_view>
#include <system_error>

#include "base/sentence.h"

namespace lockstep {
namespace {

// The number in LibTorch's sentence about memory that it did not get.
std::optional<std::string> bytes_refused(std::string_view text) {
  constexpr std::string_view kAsked = "you tried to allocate ";
  const std::size_t place = text.find(kAsked);
  if (place == std::string_view::npos) return std::nullopt;
  const std::string_view number = text.substr(place + kAsked.size());
  return std::string(number.substr(0, number.find_first_not_of("0123456789")));
}

std::string memory_text(const std::optional<std::string>& bytes) {
  const std::string remedy = sentence("of a training, --dry-run says how much each rank needs");
  if (!bytes) return sentence("this host has not enough memory; {0}", {remedy});
  return sentence("this host has not enough memory ({0} bytes more were asked for); {1}",
                  {*bytes, remedy});
}

// The system knows languages that are installed on it; these it says most.
std::string words_of_system(int error_number) {
  switch (error_number) {
    case EACCES: return sentence("Permission denied");
    case EDQUOT: return sentence("Disk quota exceeded");
    case EFBIG: return sentence("File too large");
    case EIO: return sentence("Input/output error");
    case EISDIR: return sentence("Is a directory");
    case EMFILE: return sentence("Too many open files");
    case ENOENT: return sentence("No such file or directory");
    case ENOSPC: return sentence("No space left on device");
    case ENOTDIR: return sentence("Not a directory");
    case EROFS: return sentence("Read-only file system");
    default: return std::generic_category().message(error_number);
  }
}

// Where LibTorch's words for people end.
std::string without_stack(const std::string& text) {
  return text.substr(0, std::min(text.find("\nException raised from"), text.find("\nframe #")));
}

}  // namespace

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

bool is_lack_of_memory(const std::exception& error) {
  if (dynamic_cast<const Error*>(&error) != nullptr) return false;
  return dynamic_cast<const std::bad_alloc*>(&error) != nullptr || bytes_refused(error.what());
}

ErrorKind kind_of(const std::exception& error) {
  if (const auto* ours = dynamic_cast<const Error*>(&error)) return ours->kind();
  if (is_lack_of_memory(error)) return ErrorKind::usage;
  const bool is_of_files =
      dynamic_cast<const std::filesystem::filesystem_error*>(&error) != nullptr;
  return is_of_files ? ErrorKind::input : ErrorKind::internal;
}

std::string sentence_of(const std::exception& error) {
  if (is_lack_of_memory(error)) return memory_text(bytes_refused(error.what()));
  const auto* of_files = dynamic_cast<const std::filesystem::filesystem_error*>(&error);
  if (of_files == nullptr) return without_stack(error.what());
  return sentence("using {0}: {1}", {of_files->path1(), errno_text(of_files->code().value())});
}

std::string errno_text(int error_number) {
  return words_of_system(error_number) + " (errno " + std::to_string(error_number) + ")";
}

}  // namespace lockstep
