// SPDX-License-Identifier: Apache-2.0
#include "batches/windows.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "base/error.h"
#include "base/sentence.h"
#include "text/corpus.h"

namespace lockstep {
namespace {

[[noreturn]] void fail_too_little(const std::string& what, std::int64_t found, std::int64_t needed,
                                  const std::string& flag) {
  throw Error(ErrorKind::input,
              sentence("cutting the text into windows: {0} has {1} tokens, at least {2} are "
                       "needed; give more text ({3}) or a smaller --block-size",
                       {what, found, needed, flag}));
}

// Of all tokens, of which the fraction gives one part to hold `part_tokens`. The largest number
// stands for all above it, which fractions near 0 and 1 ask for.
std::int64_t tokens_for(std::int64_t part_tokens, double val_fraction) {
  const double smaller_part = std::min(val_fraction, 1.0 - val_fraction);
  const double needed = std::ceil(static_cast<double>(part_tokens) / smaller_part) + 1;
  constexpr std::int64_t kLargest = std::numeric_limits<std::int64_t>::max();
  return needed < static_cast<double>(kLargest) ? static_cast<std::int64_t>(needed) : kLargest;
}

}  // namespace

Windows cut_windows(std::int64_t first_token, std::int64_t token_count, std::int64_t context,
                    std::int64_t stride) {
  const std::int64_t spare = token_count - (context + 1);
  return {.first_token = first_token,
          .context = context,
          .stride = stride,
          .count = spare < 0 ? 0 : spare / stride + 1};
}

Split split_tokens(std::int64_t token_count, double val_fraction, std::int64_t context,
                   std::int64_t stride) {
  const auto validation_tokens =
      static_cast<std::int64_t>(std::floor(static_cast<double>(token_count) * val_fraction));
  const std::int64_t train_tokens = token_count - validation_tokens;
  const Split split{.train = cut_windows(0, train_tokens, context, stride),
                    .validation = cut_windows(train_tokens, validation_tokens, context, context)};
  if (split.train.count == 0 || split.validation.count == 0)
    fail_too_little(sentence("the text"), token_count, tokens_for(context + 1, val_fraction),
                    kTrainingTextFlag);
  return split;
}

Split split_tokens(std::int64_t train_tokens, std::int64_t validation_tokens, std::int64_t context,
                   std::int64_t stride) {
  const Split split{.train = cut_windows(0, train_tokens, context, stride),
                    .validation = cut_windows(0, validation_tokens, context, context)};
  if (split.train.count == 0)
    fail_too_little(sentence("the training text"), train_tokens, context + 1, kTrainingTextFlag);
  if (split.validation.count == 0)
    fail_too_little(sentence("the validation text"), validation_tokens, context + 1,
                    kValidationTextFlag);
  return split;
}

}  // namespace lockstep
