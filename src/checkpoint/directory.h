// SPDX-License-Identifier: Apache-2.0
// The checkpoint directory of one run: what is in it, and how the files of an epoch come to be.
// What an epoch publishes is decided first (plan_publish, pure), then done (publish).
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "checkpoint/published.h"
#include "checkpoint/train_state.h"

namespace lockstep {

// What one epoch changes in the directory.
struct PublishPlan {
  bool epoch_file = true;
  bool best = false;
  std::vector<std::int64_t> remove;  // epochs whose files go, ascending
};

// `state` is that of the completed epoch, with best_epoch already decided; `existing` are the
// epochs that have a file.
PublishPlan plan_publish(const TrainState& state, const std::vector<std::int64_t>& existing,
                         bool save_every_epoch, std::int64_t keep_last_n);

// THREADS: one at a time, on one rank. Every function throws Error(checkpoint) naming the path.
class CheckpointDirectory {
 public:
  explicit CheckpointDirectory(std::filesystem::path path) : path_(std::move(path)) {}

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path file(const std::string& name) const { return path_ / name; }

  // Whether a run has left files here.
  bool holds_a_run() const;
  // The epochs that have a file, ascending.
  std::vector<std::int64_t> epochs() const;

  // Creates the folder and removes the drafts that a crash left behind.
  void open();
  // Removes the checkpoints and the history of a run, and nothing else: not its prepared text.
  void remove_run();

  // Writes the epoch's file once, through `write`, which must write it durably to the path it is
  // given; gives it its other names; rewrites the history; removes what retention says. latest.pt
  // comes last of the names: until it changes, the epoch before is the one that a resume finds.
  Published publish(const PublishPlan& plan, const TrainState& state, double old_best_loss,
                    const std::function<void(const std::filesystem::path&)>& write);

 private:
  std::filesystem::path path_;
};

}  // namespace lockstep
