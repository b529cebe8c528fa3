// SPDX-License-Identifier: Apache-2.0
#include "app/own_folder.h"

namespace lockstep {

namespace fs = std::filesystem;

bool waits_for_the_run(const fs::path& file, const fs::path& directory) {
  const fs::path folder = file.parent_path();
  std::error_code error;
  if (folder.empty() || fs::exists(folder, error)) return false;
  const auto whole = [&](const fs::path& path) {
    return fs::weakly_canonical(fs::absolute(path, error), error);
  };
  const fs::path place = whole(folder).lexically_relative(whole(directory));
  return !error && !place.empty() && *place.begin() != "..";
}

}  // namespace lockstep
