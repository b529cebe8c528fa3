// SPDX-License-Identifier: Apache-2.0
#include "base/obstacle.h"

#include <unistd.h>

#include <cerrno>

#include "base/error.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;

fs::path folder_above(const fs::path& path) {
  const fs::path parent = path.parent_path();
  return parent.empty() ? fs::path(".") : parent;
}

// Something is there, or a link to nothing.
std::optional<std::string> obstacle_in(const fs::path& path, const fs::file_status& status) {
  std::error_code error;
  if (status.type() == fs::file_type::not_found)
    return path.string() + " is a link to " + fs::read_symlink(path, error).string() +
           ", where there is nothing";
  if (status.type() != fs::file_type::directory) return path.string() + " is not a folder";
  if (::access(path.c_str(), W_OK | X_OK) == 0) return std::nullopt;
  return "no file can be made in " + path.string() + ": " + errno_text(errno);
}

}  // namespace

std::optional<std::string> obstacle_to_folder(const fs::path& path) {
  // "out/" is the folder "out".
  fs::path place = path.has_filename() ? path : folder_above(path);
  for (;; place = folder_above(place)) {
    std::error_code error;
    const fs::file_status status = fs::status(place, error);
    if (status.type() == fs::file_type::none || status.type() == fs::file_type::unknown)
      return place.string() + " cannot be looked at: " + errno_text(error.value());
    if (fs::exists(status) || fs::is_symlink(fs::symlink_status(place, error)))
      return obstacle_in(place, status);
  }
}

std::optional<std::string> obstacle_to_file(const fs::path& path) {
  std::error_code error;
  if (fs::is_directory(path, error)) return path.string() + " is a folder";
  const fs::path folder = folder_above(path);
  if (fs::status(folder, error).type() == fs::file_type::not_found)
    return "there is no folder " + folder.string();
  return obstacle_to_folder(folder);
}

}  // namespace lockstep
