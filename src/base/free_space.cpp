// SPDX-License-Identifier: Apache-2.0
#include "base/free_space.h"

#include "base/error.h"
#include "base/sentence.h"

namespace lockstep {

namespace fs = std::filesystem;

std::optional<std::int64_t> free_bytes(const fs::path& path) {
  std::error_code error;
  fs::path existing = fs::absolute(path, error);
  while (!fs::exists(existing, error) && existing.has_parent_path() &&
         existing != existing.parent_path())
    existing = existing.parent_path();
  const fs::space_info space = fs::space(existing, error);
  if (error)
    throw Error(ErrorKind::checkpoint, sentence("looking for room in {0}", {existing}) +
                                           ": statvfs: " + errno_text(error.value()));
  if (space.capacity == 0) return std::nullopt;
  return static_cast<std::int64_t>(space.available);
}

}  // namespace lockstep
