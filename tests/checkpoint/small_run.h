// SPDX-License-Identifier: Apache-2.0
// A run without tensors that saves as the trainer does, and a look at what lies in its directory.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "checkpoint/directory.h"

namespace lockstep::test {

class SmallRun {
 public:
  explicit SmallRun(const std::filesystem::path& path) : directory(path) { directory.open(); }

  // Ten steps more, and the end of an epoch with this validation loss.
  Manifest end_of_epoch(double val_loss);
  // Three steps more.
  Manifest within_epoch();
  // The folder a save leaves before its commit.
  std::filesystem::path write_draft(const Manifest& manifest, const std::string& id = "0a1b2c3d");

  Published save(const Manifest& manifest);
  Published finish_epoch(double val_loss) { return save(end_of_epoch(val_loss)); }
  Published stop_within_epoch() { return save(within_epoch()); }

  CheckpointDirectory directory;
  TrainState state;
  double old_best_loss = state.best_loss;  // before the epoch that ended last
  bool save_every_epoch = true;
  std::int64_t keep_last_n = 3;
  bool has_pt = true;
  std::vector<std::string> given_up;
  std::string content;  // of the files of the next draft; empty: the set's name

 private:
  Manifest manifest(const std::string& set) const;
};

// As a start does that goes on from the newest set: sweeps, and finishes its commit.
void open_again(CheckpointDirectory& directory);
// What it says on standard error.
std::string opened_again(CheckpointDirectory& directory);

// Every file with its bytes, every link with " -> " and its target, every folder with "/", by paths
// relative to `folder`.
std::map<std::string, std::string> tree_of(const std::filesystem::path& folder);

// The names in a folder, separated by spaces, sorted.
std::string listing(const std::filesystem::path& folder);

void write_text(const std::filesystem::path& file, const std::string& text);
std::string text_of(const std::filesystem::path& file);

}  // namespace lockstep::test
