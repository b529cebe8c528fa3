// SPDX-License-Identifier: Apache-2.0
// Builds the parts of a run from its order, in the one order in which a failure loses nothing, and
// walks it. The only place that chooses concrete kinds.
#pragma once

#include "app/run_order.h"
#include "app/start_checks.h"
#include "comm/world.h"
#include "train/run_observer.h"
#include "train/trainer.h"

namespace lockstep {

struct RunOutcome {
  RunEnd end = RunEnd::finished;
  TrainState state;
  std::optional<std::int64_t> saved_step;  // the step that the newest checkpoint holds
  std::string newest;  // the checkpoint that a resume would find, if there is one
};

// What becomes of an earlier run in the directory. With `none` there is none, unless another start
// has come first meanwhile. With `keep` the directory is taken from whoever is at work there; the
// others leave such a one alone.
enum class OldRun { none, keep, replace };

// COLLECTIVE. With OldRun::replace the checkpoints of an earlier run in the directory are removed
// once everything else is known to work. `observer` is told of the run; only rank 0's speaks.
// Throws DamagedCheckpoint if the tensors of the order's checkpoint cannot be read.
RunOutcome carry_out(World& world, Facts facts, const RunOrder& order, OldRun old_run,
                     RunObserver& observer);

}  // namespace lockstep
