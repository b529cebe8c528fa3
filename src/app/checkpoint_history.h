// SPDX-License-Identifier: Apache-2.0
// The losses of a run, from wherever a checkpoint directory has them.
#pragma once

#include <cstdint>
#include <string>

#include "checkpoint/directory.h"
#include "checkpoint/train_state.h"

namespace lockstep {

struct RunHistory {
  History losses;
  std::int64_t best_epoch = 0;  // as the newest checkpoint that was read has it; 0: it has none
};

// training_history.json if it can be read, else what the newest set says, else latest.pt. Empty if
// there is none of them. Throws Error(checkpoint) for a damaged one that nothing stands in for.
RunHistory find_history(const CheckpointDirectory& directory);

// Of training_history.json, ours or Python's: null is a loss that is no number, and without
// "epochs" they count from 1. Throws Error(checkpoint): `subject`, then what is wrong.
History history_from_json(const std::string& text, const std::string& subject);

}  // namespace lockstep
