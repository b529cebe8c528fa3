// SPDX-License-Identifier: Apache-2.0
#include "app/checkpoint_list.h"

#include <sys/stat.h>

#include "base/error.h"
#include "base/file.h"
#include "checkpoint/names.h"
#include "checkpoint/retention.h"
#include "export/training_file.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;
using Mark = CheckpointRow::Mark;

struct ::stat status_of(const fs::path& file) {
  struct ::stat status = {};
  if (::stat(file.c_str(), &status) != 0)
    throw Error(ErrorKind::checkpoint,
                "looking at " + file.string() + ": stat failed: " + errno_text(errno));
  return status;
}

CheckpointRow row_of(const fs::path& file, Mark mark) {
  const struct ::stat status = status_of(file);
  CheckpointRow row{.name = file.filename().string(),
                    .bytes = status.st_size,
                    .modified_seconds = status.st_mtime,
                    .mark = mark};
  try {
    const TrainingSummary summary = TrainingFile(file).summary();
    row.epoch = summary.epoch;
    row.val_loss = summary.val_loss;
  } catch (const Error& error) {
    row.problem = error.what();
  }
  return row;
}

}  // namespace

std::vector<CheckpointRow> list_checkpoints(const CheckpointDirectory& directory) {
  std::vector<CheckpointRow> rows;
  for (const std::int64_t epoch : directory.epochs())
    rows.push_back(row_of(directory.file(names::epoch_file(epoch)), Mark::none));
  for (const auto& [name, mark] :
       {std::pair{names::kBest, Mark::best}, std::pair{names::kLatest, Mark::latest}}) {
    if (fs::exists(directory.file(name))) rows.push_back(row_of(directory.file(name), mark));
  }
  return rows;
}

CleanResult clean_checkpoints(const CheckpointDirectory& directory, std::int64_t keep,
                              CleanMode mode) {
  CleanResult result{.keep = keep, .dry_run = mode == CleanMode::dry_run};
  const std::vector<std::int64_t> epochs = directory.epochs();
  if (epochs.empty()) return result;
  for (const std::int64_t epoch : epochs_to_remove(epochs, keep, /*written=*/epochs.back())) {
    const fs::path file = directory.file(names::epoch_file(epoch));
    const struct ::stat status = status_of(file);
    result.removed.push_back({names::epoch_file(epoch), status.st_size});
    // Other names of the same bytes (best_model.pt) keep them on the disk.
    if (status.st_nlink == 1) result.freed_bytes += status.st_size;
    if (mode == CleanMode::remove) remove_durably(file, ErrorKind::checkpoint);
  }
  return result;
}

}  // namespace lockstep
