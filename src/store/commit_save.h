// SPDX-License-Identifier: Apache-2.0
// The end of a save, on one rank: the parts that all ranks have written become a checkpoint, or
// nothing.
#pragma once

#include <vector>

#include "checkpoint/directory.h"
#include "checkpoint/manifest.h"
#include "store/save_part.h"

namespace lockstep {

// Reads every shard's digests back, completes the .pt file, writes model.h5, the tokenizer and the
// manifest, which it returns: the draft lacks nothing but its name. `reports` are in the order of
// the shards. Throws Error(checkpoint); the draft is then still there, to be abandoned.
Manifest complete_draft(const SaveOrder& order, const std::vector<PartReport>& reports);
// Commits it: one rename. Throws as above.
void commit_draft(const SaveOrder& order);
// Both. Returns the manifest of what now survives anything.
Manifest commit_save(const SaveOrder& order, const std::vector<PartReport>& reports);

// What follows a commit, and may be done again: gives the files their names and removes what
// retention says. Throws nothing, as CheckpointDirectory::publish().
PublishedSave publish_save(const SaveOrder& order, const Manifest& manifest);

// Removes what the save has written. What cannot be removed is said in a warning, and swept by the
// next start.
void abandon_save(const SaveOrder& order);

}  // namespace lockstep
