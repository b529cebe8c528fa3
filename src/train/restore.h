// SPDX-License-Identifier: Apache-2.0
// Gives a new process the state of a checkpoint: every rank reads its part, whatever the world size
// the checkpoint was made with, and the parts are exchanged, so no byte is read twice.
#pragma once

#include <cstdint>
#include <filesystem>

#include "base/error.h"
#include "comm/collectives.h"
#include "comm/world.h"
#include "model/gpt.h"
#include "optim/adamw.h"

namespace lockstep {

// A checkpoint that could not be read on some rank; every rank throws it at the same moment.
class DamagedCheckpoint : public SharedError {
 public:
  using SharedError::SharedError;
};

// COLLECTIVE. The parameters alone: for a new run that starts from them, which may be those of a
// run that goes on: all ranks read what rank 0 finds under that name. Throws DamagedCheckpoint,
// and SharedError(checkpoint) where ranks find different checkpoints there.
void restore_parameters(World& world, Collectives& collectives,
                        const std::filesystem::path& checkpoint, Gpt& model);

// COLLECTIVE. Parameters, moments (zero if the checkpoint has none) and the count of steps. Throws
// as above, and SharedError(checkpoint) if it is not the one that was saved after `updates`.
void restore_run(World& world, Collectives& collectives, const std::filesystem::path& checkpoint,
                 std::int64_t updates, Gpt& model, AdamW& optimizer);

}  // namespace lockstep
