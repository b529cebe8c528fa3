// SPDX-License-Identifier: Apache-2.0
#include "store/room.h"

#include <algorithm>

#include "base/error.h"
#include "base/file.h"
#include "base/free_space.h"
#include "base/log.h"
#include "base/printable.h"
#include "base/sentence.h"
#include "base/temporary_path.h"
#include "checkpoint/directory.h"
#include "checkpoint/names.h"
#include "store/disk_use.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kNewestOfAll = 2;  // sets that stay whatever they are (retention.h)
constexpr std::int64_t kBest = 1;
constexpr std::int64_t kBeingWritten = 1;

std::int64_t most_sets(const CheckpointConfig& config, std::int64_t kept, std::int64_t epochs) {
  const bool saves_within = config.save_every_steps > 0 || config.save_every_minutes > 0.0;
  if (saves_within) return std::min(epochs, kept + kBest + kBeingWritten) + kNewestOfAll;
  return std::min(epochs, std::max(kept, kNewestOfAll) + kBest + kBeingWritten);
}

std::int64_t most_pt_files(const CheckpointConfig& config, std::int64_t kept, std::int64_t epochs) {
  switch (config.export_rule) {
    case ExportRule::none: return 0;
    case ExportRule::last: return 1;
    case ExportRule::best: return std::min(epochs, kBest + kBeingWritten);
    case ExportRule::every: break;
  }
  return std::min(epochs, kept + kBest + kBeingWritten);
}

// Where every name is a file of its own: the names, the file in its set, and for a moment the copy
// beside the older one that it replaces.
std::int64_t most_copies(const CheckpointConfig& config, std::int64_t kept, std::int64_t epochs) {
  constexpr std::int64_t kInItsSet = 1;
  constexpr std::int64_t kReplacing = 1;
  constexpr std::int64_t kBestLatestAndMain = 3;
  if (config.export_rule == ExportRule::none) return 0;
  const std::int64_t written = config.export_rule == ExportRule::last ? 1 : epochs;
  const std::int64_t on_the_way = std::min(written, kInItsSet + kReplacing);
  if (config.export_rule == ExportRule::best) return kBest + on_the_way;
  const std::int64_t of_epochs =
      config.save_every_epoch ? std::min(written, kept + kBeingWritten) : 0;
  return of_epochs + kBestLatestAndMain + on_the_way;
}

std::int64_t most_bytes(const Room& room) {
  return room.files.sets * room.set_bytes + room.files.pt_files * room.pt_bytes;
}

std::string clean_command(const fs::path& directory) {
  return sentence("'{0}' removes old checkpoints",
                  {"ckpt-tool clean --keep N --checkpoint-dir " + shell_word(directory.string())});
}

// Tried with a file that is there, since no system says it: some know links within one folder only.
// Where that is not possible the saves will say why.
bool has_hard_links(const fs::path& directory) {
  const TemporaryPath name(draft_path_for(directory / names::kOwner));
  try {
    return link_durably(directory / names::kShards / names::kOwner, name.path(),
                        ErrorKind::checkpoint);
  } catch (const Error&) {
    return true;
  }
}

PtNames pt_names_of(const SaveOrder& save) {
  return save.has_pt && !has_hard_links(save.directory) ? PtNames::copies : PtNames::links;
}

Room room_for(const SaveOrder& save, const CheckpointConfig& config, std::int64_t epochs,
              std::int64_t free) {
  SaveOrder set = save;
  set.has_pt = false;
  Room room{.files = most_files(config, epochs, pt_names_of(save)),
            .set_bytes = bytes_of_save(set),
            .held_bytes = bytes_held_in(save.directory),
            .free_bytes = free};
  room.pt_bytes = bytes_of_save(save) - room.set_bytes;
  return room;
}

}  // namespace

std::int64_t bytes_held_in(const fs::path& directory) {
  const CheckpointDirectory run(directory);
  DiskUse use;
  for (const fs::path& file : files_below(run.file(names::kShards))) use.add(file);
  for (const char* const name : {names::kBest, names::kLatest, names::kMain, names::kHistory})
    use.add(run.file(name));
  for (const std::int64_t epoch : run.epochs()) use.add(run.file(names::epoch_file(epoch)));
  return use.real_bytes();
}

SavedFiles most_files(const CheckpointConfig& config, std::int64_t epochs, PtNames names) {
  const std::int64_t wanted = config.save_every_epoch ? config.keep_last_n : 1;
  const std::int64_t kept = wanted == 0 ? epochs : wanted;
  return {.sets = most_sets(config, kept, epochs),
          .pt_files = names == PtNames::links ? most_pt_files(config, kept, epochs)
                                              : most_copies(config, kept, epochs)};
}

std::optional<std::string> problem_of_one(const fs::path& directory, const Room& room) {
  const std::int64_t needed = room.set_bytes + room.pt_bytes;
  if (room.free_bytes >= needed) return std::nullopt;
  return sentence(
      "looking for room for checkpoints in {0}: one takes {1} bytes, {2} are free, {3} are "
      "missing; make room ({4}), choose another --output-dir, or write fewer files with --export "
      "none",
      {directory, needed, room.free_bytes, needed - room.free_bytes, clean_command(directory)});
}

std::optional<std::string> problem_of_all(const fs::path& directory, const Room& room) {
  const std::int64_t missing = most_bytes(room) - room.held_bytes - room.free_bytes;
  if (missing <= 0) return std::nullopt;
  return sentence(
      "looking for room for checkpoints in {0}: the run will hold up to {1} sets and {2} .pt files "
      "at once, which take {3} bytes, {4} more than there is room for: later saves will fail; keep "
      "fewer with --keep-last-n, make room ({5}), or write fewer files with --export none",
      {directory, room.files.sets, room.files.pt_files, most_bytes(room), missing,
       clean_command(directory)});
}

void check_room(const SaveOrder& save, const CheckpointConfig& config, std::int64_t epochs) {
  const std::optional<std::int64_t> free = free_bytes(save.directory);
  if (!free) return;
  const Room room = room_for(save, config, epochs, *free);
  if (const auto problem = problem_of_one(save.directory, room))
    throw Error(ErrorKind::checkpoint, *problem);
  if (const auto problem = problem_of_all(save.directory, room)) log_warning(*problem);
}

}  // namespace lockstep
