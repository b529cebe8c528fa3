// SPDX-License-Identifier: Apache-2.0
// What the end of an epoch did to the checkpoint directory, in words a report can show.
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
  std::optional<PublishedFile> epoch_file;  // absent with save_every_epoch off
  std::vector<std::string> removed;         // epoch files that retention deleted, by number
  std::optional<PublishedFile> best_file;   // present if this epoch is the new best
  double improvement = 0.0;                 // old best minus new best; infinity for the first
  double best_loss = 0.0;                   // the lowest validation loss, this epoch included
  PublishedFile latest_file;
  PublishedFile main_file;
  bool names_are_copies = false;  // the file system knows no hard links
};

}  // namespace lockstep
