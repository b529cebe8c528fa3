// SPDX-License-Identifier: Apache-2.0
// Any checkpoint, opened: a committed set or a .pt file, ours or Python's. The one place that knows
// both forms.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "checkpoint/age.h"
#include "checkpoint/directory.h"
#include "checkpoint/state_reader.h"
#include "checkpoint/stored_tokenizer.h"
#include "checkpoint/train_state.h"
#include "config/run_config.h"

namespace lockstep {

class TrainingFile;

// Everything but the tensors has been read and verified.
struct OpenCheckpoint {
  std::filesystem::path path;  // the set's folder, or the file
  bool is_set = false;
  bool is_ours = true;  // Lockstep wrote it, and not Python
  Age age;              // a .pt file is always of the end of an epoch
  TrainState state;
  std::string history_problem;  // why it has no history; empty where nothing is wrong
  ModelConfig model;            // `name` is empty for a file that Python wrote
  double learning_rate = 0.0;
  std::optional<StoredTokenizer> tokenizer;
  std::string root;                  // as it was committed; empty where that is not known
  std::string content;               // the root, or what names the bytes of a file without one
  std::string optimizer_problem;     // why no run goes on from it; empty where nothing is wrong
  std::int64_t optimizer_steps = 0;  // updates that the moments have seen
  std::unique_ptr<StateReader> reader;
};

// `path` is the folder of a set, or a .pt file. Throws Error(checkpoint).
OpenCheckpoint open_checkpoint(const std::filesystem::path& path);
// The same for a .pt file that is open already.
OpenCheckpoint open_pt_checkpoint(TrainingFile file);

// The configuration that the checkpoint at `path` was made with; of a file that Python wrote, the
// defaults. Throws Error(checkpoint).
RunConfig run_config_in(const TrainState& state, const std::filesystem::path& path);

// "epoch_0003" however the folder of a set is named ("shards/latest", "."), and "latest.pt".
std::string checkpoint_name(const std::filesystem::path& path);

// What `trainer --checkpoint X` and `ckpt-tool ... X` mean by X in a run directory: a path, else an
// epoch number, "best" or "latest", of which the set is taken if there is one, else the .pt file.
// A link to a set is followed, once for all.
// Throws Error(checkpoint) saying what was looked for, and Error(usage) for a run directory.
std::filesystem::path find_checkpoint(const CheckpointDirectory& directory,
                                      const std::string& name);

// The name that stays with the checkpoint to which `path` leads now, where it has one that a run
// which goes on does not move: "shards/epoch_0003" for "shards/latest", "model_epoch_3.pt" for
// "latest.pt". Else `path`. Throws Error(checkpoint) for a file that cannot be read.
std::filesystem::path lasting_name(const std::filesystem::path& path);

// Every checkpoint a resume may start from, from the newest to the oldest: by their age, of one
// age the set before the file. Those whose small parts are damaged, and those whose moments a run
// cannot go on with, are left out and named in `problems`. A set that made room in vain is one, by
// the name it has now. Empty, with no problems, where there is none at all.
struct Candidates {
  std::vector<std::filesystem::path> paths;
  std::vector<std::string> problems;
};
Candidates resume_candidates(const CheckpointDirectory& directory);

// Where a candidate is once CheckpointDirectory::bring_back_replaced() has given it its own name
// again.
std::filesystem::path path_when_brought_back(const std::filesystem::path& candidate);

}  // namespace lockstep
