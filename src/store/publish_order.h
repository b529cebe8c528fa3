// SPDX-License-Identifier: Apache-2.0
// Which .pt files a save leaves in the run directory. Pure.
#pragma once

#include "checkpoint/manifest.h"
#include "config/run_config.h"

namespace lockstep {

// What of a run is being saved.
enum class SaveKind {
  within_epoch,  // a set alone; .pt files are those of epochs
  epoch,         // the end of an epoch
  last_epoch,    // the end of the run's last epoch
};

// `state` is that of the save, with best_epoch already decided. No names: no .pt file is written.
PublishOrder publish_order(const CheckpointConfig& config, const TrainState& state, SaveKind kind);

}  // namespace lockstep
