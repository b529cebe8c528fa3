// SPDX-License-Identifier: Apache-2.0
// The end of a save, on one rank: the parts that all ranks have written become a checkpoint, or
// nothing.
#pragma once

#include <vector>

#include "checkpoint/published.h"
#include "store/save_part.h"

namespace lockstep {

// Reads every shard's digests back, completes the .pt file, writes model.h5, the tokenizer and the
// manifest, and commits: one rename. Then gives the files their names. `reports` are in the order
// of the shards. Throws Error(checkpoint); the draft is then still there, to be abandoned.
Published commit_save(const SaveOrder& order, const std::vector<PartReport>& reports);

// Removes what the save has written. What cannot be removed is said in a warning, and swept by the
// next start.
void abandon_save(const SaveOrder& order);

}  // namespace lockstep
