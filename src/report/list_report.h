// SPDX-License-Identifier: Apache-2.0
// What `ckpt-tool list` prints: the .pt files, the sets, and the space they take on the disk; or
// the same as JSON.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "report/checkpoint_table.h"
#include "report/set_table.h"
#include "report/words.h"

namespace lockstep {

struct CheckpointListing {
  std::vector<CheckpointRow> files = {};
  std::vector<SetRow> sets = {};
  std::vector<LeftoverRow> leftovers = {};
  std::int64_t apparent_bytes = 0;  // the sum over all names
  std::int64_t real_bytes = 0;      // on the disk: names of one file count once
};

std::string list_report(const Words& words, const CheckpointListing& listing);

// {"files": [...], "sets": [...], "drafts": [...], "apparent_bytes", "real_bytes"}. A file has
// name, epoch, val_loss, bytes, modified (ISO 8601, UTC), mark, ok and problem; a set has name,
// epoch, step, shards, bytes, modified, best, latest, ok and problem; a draft has name and kind.
// What is absent is null; a loss that is no number is the text "nan" or "inf".
std::string list_json(const CheckpointListing& listing);

}  // namespace lockstep
