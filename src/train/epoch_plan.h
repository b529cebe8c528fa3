// SPDX-License-Identifier: Apache-2.0
// How many optimizer steps a run and its epochs have. Pure.
#pragma once

#include <algorithm>
#include <cstdint>

#include "config/run_config.h"

namespace lockstep {

struct EpochPlan {
  std::int64_t windows = 1;  // training windows, each seen once in an epoch
  std::int64_t batch_size =
      1;  // sequences of every step but the last of an epoch, which may be short
  std::int64_t epochs = 1;
  std::int64_t max_steps = 0;  // of the whole run; 0: no limit

  std::int64_t steps_in_full_epoch() const { return steps_from(0); }
  // The windows of the step that begins when `cursor` windows of its epoch have been trained on.
  std::int64_t sequences_at(std::int64_t cursor) const {
    return std::min(batch_size, windows - cursor);
  }
  // The steps left in an epoch of which `cursor` windows are done.
  std::int64_t steps_from(std::int64_t cursor) const {
    return (windows - cursor + batch_size - 1) / batch_size;
  }
  // The same when `steps_made` have been made in the run: max_steps cuts the last epoch short,
  // which then ends there and is saved like any other. 0: the epoch, or the run, has ended.
  std::int64_t steps_left(std::int64_t cursor, std::int64_t steps_made) const {
    if (max_steps == 0) return steps_from(cursor);
    return std::clamp<std::int64_t>(max_steps - steps_made, 0, steps_from(cursor));
  }
  // The steps of a run from its beginning to its end, seen from where it stands: `epochs_done`
  // before this one, of which `cursor` windows are done. Those behind it were made, with whatever
  // batches it had then; those ahead come with the batches of now. It is the same number wherever
  // a run stands that has not changed.
  std::int64_t total_steps_from(std::int64_t epochs_done, std::int64_t cursor,
                                std::int64_t steps_made) const {
    const std::int64_t ahead =
        epochs_done >= epochs
            ? 0
            : steps_from(cursor) + (epochs - epochs_done - 1) * steps_in_full_epoch();
    const std::int64_t all = steps_made + ahead;
    return max_steps == 0 ? all : std::min(all, max_steps);
  }
  // Of a run that begins.
  std::int64_t total_steps() const { return total_steps_from(0, 0, 0); }
  // The epochs that steps are made in.
  std::int64_t epochs_begun() const {
    return (total_steps() + steps_in_full_epoch() - 1) / steps_in_full_epoch();
  }
};

// The plan of a run over `windows` training windows.
inline EpochPlan epoch_plan(const RunConfig& config, std::int64_t windows) {
  return {.windows = windows,
          .batch_size = config.train.batch_size,
          .epochs = config.train.epochs,
          .max_steps = config.train.max_steps};
}

}  // namespace lockstep
