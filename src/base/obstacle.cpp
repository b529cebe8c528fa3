// SPDX-License-Identifier: Apache-2.0
#include "base/obstacle.h"

#include <unistd.h>

#include <cerrno>

#include "base/error.h"
#include "base/sentence.h"

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
    return sentence("{0} is a link to {1}, where there is nothing",
                    {path, fs::read_symlink(path, error)});
  if (status.type() != fs::file_type::directory) return sentence("{0} is not a folder", {path});
  if (::access(path.c_str(), W_OK | X_OK) == 0) return std::nullopt;
  return sentence("no file can be made in {0}: {1}", {path, errno_text(errno)});
}

}  // namespace

std::optional<std::string> obstacle_to_folder(const fs::path& path) {
  // "out/" is the folder "out".
  fs::path place = path.has_filename() ? path : folder_above(path);
  for (;; place = folder_above(place)) {
    std::error_code error;
    const fs::file_status status = fs::status(place, error);
    if (status.type() == fs::file_type::none || status.type() == fs::file_type::unknown)
      return sentence("{0} cannot be looked at: {1}", {place, errno_text(error.value())});
    if (fs::exists(status) || fs::is_symlink(fs::symlink_status(place, error)))
      return obstacle_in(place, status);
  }
}

std::optional<std::string> obstacle_to_file(const fs::path& path) {
  std::error_code error;
  if (fs::is_directory(path, error)) return sentence("{0} is a folder", {path});
  const fs::path folder = folder_above(path);
  if (fs::status(folder, error).type() == fs::file_type::not_found)
    return sentence("there is no folder {0}", {folder});
  return obstacle_to_folder(folder);
}

}  // namespace lockstep
