// SPDX-License-Identifier: Apache-2.0
// Files whose names are gone while this process still has them open.
#pragma once

#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <system_error>

namespace lockstep::test {

// What is left of a file whose name is gone; absent if its bytes are gone too.
inline std::optional<std::string> bytes_without_a_name(const std::filesystem::path& path) {
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    std::error_code of_other_threads;
    const auto target = std::filesystem::read_symlink(entry.path(), of_other_threads);
    if (of_other_threads || target != path.string() + " (deleted)") continue;
    std::ifstream file(entry.path(), std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(file), {});
  }
  return std::nullopt;
}

}  // namespace lockstep::test
