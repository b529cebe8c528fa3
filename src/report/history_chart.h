// SPDX-License-Identifier: Apache-2.0
// The two loss curves of a run, drawn with characters in at most 80 x 15 cells.
#pragma once

#include <string>

#include "checkpoint/train_state.h"
#include "report/words.h"

namespace lockstep {

// Epochs from left to right; of many epochs a column shows the mean of its own. Losses that are no
// numbers are not drawn. Empty if there is nothing to draw.
std::string history_chart(const Words& words, const History& history);

}  // namespace lockstep
