// SPDX-License-Identifier: Apache-2.0
// Whether a disk has room for the checkpoints of a run: for one, and for all that it will hold at
// once, so that nobody learns of it from the saves that fail in the night.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "config/run_config.h"
#include "store/save_order.h"

namespace lockstep {

// What the names of one .pt file are: the same file, or where the file system knows no hard links,
// files of their own.
enum class PtNames { links, copies };

// Names of one file count once.
struct SavedFiles {
  std::int64_t sets = 0;
  std::int64_t pt_files = 0;
  friend bool operator==(const SavedFiles&, const SavedFiles&) = default;
};

// The most that a run of so many epochs holds at once: what retention keeps, the best, and the one
// that is being written. Pure.
SavedFiles most_files(const CheckpointConfig& config, std::int64_t epochs, PtNames names);

struct Room {
  SavedFiles files;             // the most there will be
  std::int64_t set_bytes = 0;   // of one
  std::int64_t pt_bytes = 0;    // of one
  std::int64_t held_bytes = 0;  // in the run directory by now
  std::int64_t free_bytes = 0;
};

// What the run's own files take on the disk by now: sets, .pt files and the history. The prepared
// text is no checkpoint, and what else lies there is somebody else's; both stay.
std::int64_t bytes_held_in(const std::filesystem::path& directory);

// What to tell people if not even one checkpoint fits, or not all of them do. Pure.
std::optional<std::string> problem_of_one(const std::filesystem::path& directory, const Room& room);
std::optional<std::string> problem_of_all(const std::filesystem::path& directory, const Room& room);

// Throws Error(checkpoint) if the disk has no room for `save`, which has a .pt file if any save of
// the run has one, and warns if it has too little for the whole run.
void check_room(const SaveOrder& save, const CheckpointConfig& config, std::int64_t epochs);

}  // namespace lockstep
