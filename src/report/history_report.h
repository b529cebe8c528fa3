// SPDX-License-Identifier: Apache-2.0
// What `ckpt-tool history` prints: the losses of every epoch, the best one, how far the run has
// come, and the curves; or the same as JSON.
#pragma once

#include <string>

#include "checkpoint/train_state.h"
#include "report/words.h"

namespace lockstep {

// REQUIRES, of both: three lists of one length.
std::string history_report(const Words& words, const History& history);

// {"train_loss": [...], "val_loss": [...], "epochs": [...], "best_epoch", "best_val_loss"}, null
// for a loss that is no number and where there is no best.
std::string history_json(const History& history);

}  // namespace lockstep
