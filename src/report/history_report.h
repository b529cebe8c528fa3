// SPDX-License-Identifier: Apache-2.0
// What `ckpt-tool history` prints: the losses of every epoch, the best one, how far the run has
// come, and the curves; or the same as JSON.
#pragma once

#include <cstdint>
#include <string>

#include "checkpoint/train_state.h"
#include "report/words.h"

namespace lockstep {

// REQUIRES, of both: three lists of one length. `best_epoch`: the best as the run has it, which
// after a change of the validation set need not be the lowest; 0: it does not say, the lowest is.
std::string history_report(const Words& words, const History& history, std::int64_t best_epoch);

// {"train_loss": [...], "val_loss": [...], "epochs": [...], "best_epoch", "best_val_loss"}, null
// where there is no best.
std::string history_json(const History& history, std::int64_t best_epoch);

}  // namespace lockstep
