// SPDX-License-Identifier: Apache-2.0
#include "app/checkpoint_consolidate.h"

#include "base/error.h"
#include "base/file.h"
#include "base/obstacle.h"
#include "base/sentence.h"
#include "store/consolidate.h"
#include "store/open_checkpoint.h"

namespace lockstep {

namespace fs = std::filesystem;

// A link such as shards/latest moves on while a run does, so it is followed once.
ConsolidatedFile consolidate_set(const fs::path& folder, const std::optional<fs::path>& output) {
  if (!is_folder(folder, ErrorKind::checkpoint))
    throw Error(ErrorKind::usage,
                sentence("consolidating {0}: it is one file already; consolidate takes a set, a "
                         "folder in shards/",
                         {folder}));
  const fs::path real = fs::canonical(folder);
  const std::string set = checkpoint_name(real);
  const fs::path file = output.value_or(set + ".pt");
  if (is_name_taken(file, ErrorKind::checkpoint))
    throw Error(ErrorKind::usage, sentence("consolidating {0}: {1} exists and is not overwritten; "
                                           "give another file with -o",
                                           {set, file}));
  if (const auto obstacle = obstacle_to_file(file))
    throw Error(ErrorKind::usage,
                sentence("consolidating {0} to {1}: {2}; give another file with -o",
                         {set, file, *obstacle}));
  const Consolidated written = consolidate(real, file);
  return {.set = set, .file = file.string(), .bytes = written.bytes, .root = written.root};
}

}  // namespace lockstep
