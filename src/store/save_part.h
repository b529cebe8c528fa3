// SPDX-License-Identifier: Apache-2.0
// A rank's share of a save: its shard, and its ranges of the .pt file, written at the same time.
// Knows no ranks but its own; what it did goes to the committing rank as a report.
#pragma once

#include <string>
#include <vector>

#include "checkpoint/shard_file.h"
#include "export/training_draft.h"
#include "store/save_order.h"

namespace lockstep {

struct PartReport {
  std::int64_t shard_bytes = 0;
  std::string digest;           // digest_of_digests() of the shard's chunks
  std::vector<PtPiece> pieces;  // of the .pt file
  friend bool operator==(const PartReport&, const PartReport&) = default;
};

// Writes the part durably into the order's draft, whose folder is made if need be. Throws
// Error(checkpoint) naming the file and the system's reason.
// THREADS: one at a time in the process; takes others for the arrays.
PartReport save_part(const SaveOrder& order, std::int64_t shard, const StateSlice& slice);

// There and back, for the way between ranks. Reading throws Error(checkpoint).
std::string report_to_text(const PartReport& report);
PartReport report_from_text(const std::string& text);

}  // namespace lockstep
