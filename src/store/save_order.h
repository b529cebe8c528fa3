// SPDX-License-Identifier: Apache-2.0
// What one save is to write: decided once, the same on every rank.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "checkpoint/manifest.h"
#include "export/training_draft.h"
#include "tensors/chunks.h"

namespace lockstep {

struct SaveOrder {
  std::filesystem::path directory;  // of the run
  std::string set;                  // "epoch_0003"
  std::string draft_id;             // 8 hexadecimal digits, of no other save
  std::int64_t shard_count = 1;
  TrainingContent content;
  double learning_rate = 0.0;
  double old_best_loss = 0.0;  // before this epoch
  bool has_pt = false;         // whether a .pt file is written, for publish.pt_names
  PublishOrder publish;
  std::vector<std::string> given_up;  // sets that the run left out when it was resumed
  std::map<std::string, std::string> made_by;
};

// The folder that the save writes into until it is committed, and the one that it is from then on.
std::filesystem::path draft_of(const SaveOrder& order);
std::filesystem::path set_of(const SaveOrder& order);

// What each rank has of the flat space.
std::vector<ElementRange> shards_of(const SaveOrder& order);

// The bytes a save will take: shards, and the .pt file if there is one.
std::int64_t bytes_of_save(const SaveOrder& order);

}  // namespace lockstep
