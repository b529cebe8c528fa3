// SPDX-License-Identifier: Apache-2.0
#include "app/checkpoint_consolidate.h"

#include "base/error.h"
#include "base/file.h"
#include "store/consolidate.h"
#include "store/open_checkpoint.h"

namespace lockstep {

namespace fs = std::filesystem;
namespace {

// Also by a link to nothing.
bool is_name_taken(const fs::path& file) {
  std::error_code error;
  if (fs::is_symlink(fs::symlink_status(file, error))) return true;
  return is_there(file, ErrorKind::checkpoint);
}

}  // namespace

ConsolidatedFile consolidate_set(const fs::path& folder, const std::optional<fs::path>& output) {
  if (!is_folder(folder, ErrorKind::checkpoint))
    throw Error(ErrorKind::usage,
                "consolidating " + folder.string() +
                    ": it is one file already; consolidate takes a set, a folder in shards/");
  const std::string set = checkpoint_name(folder);
  const fs::path file = output.value_or(set + ".pt");
  if (is_name_taken(file))
    throw Error(ErrorKind::usage, "consolidating " + set + ": " + file.string() +
                                      " exists and is not overwritten; give another file with -o");
  const std::int64_t bytes = consolidate(folder, file);
  return {.set = set, .file = file.string(), .bytes = bytes, .root = open_checkpoint(folder).root};
}

}  // namespace lockstep
