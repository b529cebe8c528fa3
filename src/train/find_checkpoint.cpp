// SPDX-License-Identifier: Apache-2.0
#include "train/find_checkpoint.h"

#include <algorithm>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/log.h"
#include "checkpoint/names.h"
#include "export/pt_reader.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;

// From the newest to the oldest, as far as they exist.
std::vector<fs::path> candidates(const CheckpointDirectory& directory) {
  std::vector<fs::path> files = {directory.file(names::kLatest)};
  std::vector<std::int64_t> epochs = directory.epochs();
  std::ranges::reverse(epochs);
  for (const std::int64_t epoch : epochs) files.push_back(directory.file(names::epoch_file(epoch)));
  files.push_back(directory.file(names::kBest));
  std::erase_if(files, [](const fs::path& file) { return !fs::exists(file); });
  return files;
}

// What is wrong with the file; absent if nothing is.
std::optional<std::string> damage_in(const fs::path& file) {
  try {
    PtReader(file).check_all_bytes();
    return std::nullopt;
  } catch (const Error& error) {
    return error.what();
  }
}

}  // namespace

std::optional<fs::path> find_newest_checkpoint(const CheckpointDirectory& directory) {
  std::string damaged;
  for (const fs::path& file : candidates(directory)) {
    const std::optional<std::string> damage = damage_in(file);
    if (!damage) {
      if (!damaged.empty())
        log_warning("resuming from " + file.string() + " instead, the newest that verifies");
      return file;
    }
    log_warning(*damage);
    damaged += (damaged.empty() ? "" : ", ") + file.filename().string();
  }
  if (damaged.empty()) return std::nullopt;
  throw Error(ErrorKind::checkpoint, "resuming the run in " + directory.path().string() +
                                         ": every checkpoint is damaged (" + damaged + ")");
}

}  // namespace lockstep
