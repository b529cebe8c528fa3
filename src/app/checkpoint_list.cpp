// SPDX-License-Identifier: Apache-2.0
#include "app/checkpoint_list.h"

#include <optional>
#include <utility>

#include "base/error.h"
#include "base/file.h"
#include "base/sentence.h"
#include "checkpoint/names.h"
#include "export/training_file.h"
#include "store/disk_use.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;
using Mark = CheckpointRow::Mark;

Mark mark_of(const std::string& name) {
  if (name == names::kBest) return Mark::best;
  return name == names::kLatest ? Mark::latest : Mark::none;
}

// Absent if a run that goes on has removed it by now, as is that of a set.
std::optional<CheckpointRow> file_row(const fs::path& file) {
  const std::string name = file.filename().string();
  const std::optional<FileStatus> status = status_of(file);
  if (!status) return std::nullopt;
  CheckpointRow row{.name = name,
                    .bytes = status->bytes,
                    .modified_seconds = status->modified_seconds,
                    .mark = mark_of(name)};
  try {
    const TrainingSummary summary = TrainingFile(file).summary();
    row.epoch = summary.epoch;
    row.val_loss = summary.val_loss;
  } catch (const Error& error) {
    if (!may_be_there(file)) return std::nullopt;
    row.problem = error.what();
  }
  return row;
}

std::optional<SetRow> set_row(const CheckpointDirectory& directory, const CommittedSet& set) {
  const fs::path folder = directory.set(set.name);
  DiskUse use;
  for (const fs::path& file : files_below(folder)) use.add(file);
  SetRow row{.name = set.name,
             .bytes = use.apparent_bytes(),
             .is_best = directory.linked_set(names::kBestSet) == set.name,
             .is_latest = directory.linked_set(names::kLatestSet) == set.name,
             .problem = problem_of_set(directory, set)};
  const std::optional<FileStatus> status = status_of(folder);
  if (!status) return std::nullopt;
  row.modified_seconds = status->modified_seconds;
  if (!set.manifest) return row;
  row.epoch = set.manifest->state.epoch;
  row.step = set.manifest->state.step;
  row.shards = std::ssize(set.manifest->shards);
  return row;
}

LeftoverRow leftover_row(const std::string& name) {
  using Kind = LeftoverRow::Kind;
  switch (names::parse_marked_set(name)->mark) {
    case names::SetMark::draft: return {name, Kind::draft};
    case names::SetMark::trash: return {name, Kind::trash};
    case names::SetMark::replaced: return {name, Kind::replaced};
  }
  throw Error(ErrorKind::internal, "unhandled SetMark");
}

}  // namespace

std::vector<fs::path> training_files(const CheckpointDirectory& directory) {
  std::vector<fs::path> files;
  for (const std::int64_t epoch : directory.epochs())
    files.push_back(directory.file(names::epoch_file(epoch)));
  for (const char* const name : {names::kBest, names::kLatest, names::kMain})
    if (may_be_there(directory.file(name))) files.push_back(directory.file(name));
  return files;
}

std::string problem_of_set(const CheckpointDirectory& directory, const CommittedSet& set) {
  if (!set.manifest) return set.problem;
  const fs::path folder = directory.set(set.name);
  for (const ShardRecord& shard : set.manifest->shards) {
    std::error_code error;
    const auto bytes = static_cast<std::int64_t>(fs::file_size(folder / shard.file, error));
    if (error) return shard.file + ": " + errno_text(error.value());
    if (bytes != shard.bytes)
      return sentence("{0} has {1} bytes, the manifest says {2}", {shard.file, bytes, shard.bytes});
  }
  return "";
}

CheckpointListing list_checkpoints(const CheckpointDirectory& directory) {
  CheckpointListing listing;
  for (const fs::path& file : training_files(directory)) {
    if (file.filename() == names::kMain) continue;
    if (auto row = file_row(file)) listing.files.push_back(std::move(*row));
  }
  for (const CommittedSet& set : directory.sets())
    if (auto row = set_row(directory, set)) listing.sets.push_back(std::move(*row));
  for (const std::string& name : directory.leftovers())
    listing.leftovers.push_back(leftover_row(name));
  DiskUse use;
  for (const fs::path& file : files_below(directory.path())) use.add(file);
  listing.apparent_bytes = use.apparent_bytes();
  listing.real_bytes = use.real_bytes();
  return listing;
}

}  // namespace lockstep
