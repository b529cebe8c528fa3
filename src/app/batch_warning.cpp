// SPDX-License-Identifier: Apache-2.0
#include "app/batch_warning.h"

namespace lockstep {

std::optional<std::string> batch_warning(std::int64_t batch_size, std::int64_t train_windows) {
  if (batch_size <= train_windows) return std::nullopt;
  return "a batch is of " + std::to_string(batch_size) + " sequences, but an epoch has only " +
         std::to_string(train_windows) + (train_windows == 1 ? " window" : " windows") +
         ": every epoch is a single, smaller step; give a smaller --batch-size, more text, or a "
         "smaller --stride";
}

std::optional<std::string> warmup_warning(std::int64_t warmup_steps, std::int64_t total_steps) {
  if (warmup_steps == 0 || warmup_steps < total_steps) return std::nullopt;
  return "the warm-up is of " + std::to_string(warmup_steps) +
         (warmup_steps == 1 ? " step" : " steps") + ", but the whole run has only " +
         std::to_string(total_steps) +
         ": the learning rate rises to the end and is never used in full; give a smaller "
         "--warmup-steps or more --epochs";
}

}  // namespace lockstep
