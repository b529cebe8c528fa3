// SPDX-License-Identifier: Apache-2.0
#include "app/batch_warning.h"

#include <cmath>

#include "base/sentence.h"

namespace lockstep {

std::optional<std::string> batch_warning(std::int64_t batch_size, std::int64_t train_windows) {
  if (batch_size <= train_windows) return std::nullopt;
  return sentence(
      "a batch is of {0} sequences, but an epoch has only {1} {1|window|windows}: every epoch is a "
      "single, smaller step; give a smaller --batch-size, more text, or a smaller --stride",
      {batch_size, train_windows});
}

std::optional<std::string> warmup_warning(std::int64_t warmup_steps, std::int64_t total_steps) {
  if (warmup_steps == 0 || warmup_steps < total_steps) return std::nullopt;
  return sentence(
      "the warm-up is of {0} {0|step|steps}, but the whole run has only {1}: the learning rate "
      "rises to the end and is never used in full; give a smaller --warmup-steps or more --epochs",
      {warmup_steps, total_steps});
}

// Of the tokens that a window goes on by, it predicts as many as its context has.
std::optional<std::string> stride_warning(std::int64_t stride, std::int64_t context) {
  if (stride <= context) return std::nullopt;
  const std::int64_t left_out = stride - context;
  const double percent = 100.0 * static_cast<double>(left_out) / static_cast<double>(stride);
  const std::int64_t whole_percent = std::llround(percent);
  const std::string share =
      whole_percent == 0 ? sentence("under 1") : std::to_string(whole_percent);
  return sentence(
      "the stride is of {0} tokens, but a window predicts only {1}: {2} of every {0} tokens ({3} "
      "%) are never trained on; give a --stride of at most {1} to train on the whole text",
      {stride, context, left_out, share});
}

}  // namespace lockstep
