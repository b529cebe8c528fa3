// SPDX-License-Identifier: Apache-2.0
// What a commit did to the checkpoint directory, in words a report can show.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace lockstep {

struct PublishedFile {
  std::string name;  // "model_epoch_3.pt"
  std::int64_t bytes = 0;
};

struct Published {
  std::string set;             // "epoch_0003", "step_00012345"
  std::int64_t set_bytes = 0;  // of its shards
  std::string root;            // of the state
  bool ends_an_epoch = true;   // false: a save within an epoch, which has no .pt files
  std::optional<PublishedFile>
      epoch_file;                          // absent with save_every_epoch off, and as --export says
  std::vector<std::string> removed;        // epoch files that retention deleted, by number
  std::vector<std::string> removed_sets;   // sets that retention deleted, by step
  bool is_best = false;                    // this epoch is the new best
  std::optional<PublishedFile> best_file;  // present if it is, and has a .pt file
  double improvement = 0.0;                // old best minus new best; infinity for the first
  double best_loss = 0.0;                  // the lowest validation loss, this epoch included
  std::optional<PublishedFile> latest_file;
  std::optional<PublishedFile> main_file;
  bool names_are_copies = false;  // the file system knows no hard links
};

}  // namespace lockstep
