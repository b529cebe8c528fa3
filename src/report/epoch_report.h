// SPDX-License-Identifier: Apache-2.0
// The two blocks at the end of an epoch: what it reached, and, once its checkpoint is committed,
// which files it left. Together they are one screen.
#pragma once

#include <cstdint>
#include <string>

#include "checkpoint/published.h"
#include "report/words.h"

namespace lockstep {

struct EpochResult {
  std::int64_t epoch = 0;  // counted from 1
  std::int64_t epochs = 0;
  double seconds = 0.0;
  double train_loss = 0.0;
  double val_loss = 0.0;
};

std::string epoch_report(const Words& words, const EpochResult& result);

// Begins with an empty line, which sets it off from what is above.
std::string published_report(const Words& words, const Published& published);

}  // namespace lockstep
