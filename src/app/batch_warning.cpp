// SPDX-License-Identifier: Apache-2.0
#include "app/batch_warning.h"

#include <cmath>

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

// Of the tokens that a window goes on by, it predicts as many as its context has.
std::optional<std::string> stride_warning(std::int64_t stride, std::int64_t context) {
  if (stride <= context) return std::nullopt;
  const std::int64_t left_out = stride - context;
  const double percent = 100.0 * static_cast<double>(left_out) / static_cast<double>(stride);
  const std::int64_t whole_percent = std::llround(percent);
  return "the stride is of " + std::to_string(stride) + " tokens, but a window predicts only " +
         std::to_string(context) + ": " + std::to_string(left_out) + " of every " +
         std::to_string(stride) + " tokens (" +
         (whole_percent == 0 ? "under 1" : std::to_string(whole_percent)) +
         " %) are never trained on; give a --stride of at most " + std::to_string(context) +
         " to train on the whole text";
}

}  // namespace lockstep
