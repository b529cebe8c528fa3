// SPDX-License-Identifier: Apache-2.0
// Tokens cut into windows of context + 1: the inputs are all but the last token, the targets all
// but the first. Pure.
#pragma once

#include <cstdint>

namespace lockstep {

// Equally spaced windows over one run of tokens.
struct Windows {
  std::int64_t first_token = 0;
  std::int64_t context = 1;  // T: tokens that go in
  std::int64_t stride = 1;   // tokens between the starts of two windows
  std::int64_t count = 0;

  std::int64_t start_of(std::int64_t window) const { return first_token + window * stride; }
};

// As many whole windows as `token_count` tokens from `first_token` hold.
Windows cut_windows(std::int64_t first_token, std::int64_t token_count, std::int64_t context,
                    std::int64_t stride);

struct Split {
  Windows train;
  Windows validation;
};

// Training windows from the start of the tokens, validation windows from the last `val_fraction` of
// them, no token in both. Validation windows never overlap: every token counts once. Throws
// Error(input) saying how many tokens are needed if either would be empty.
Split split_tokens(std::int64_t token_count, double val_fraction, std::int64_t context,
                   std::int64_t stride);

// The same with validation tokens of their own.
Split split_tokens(std::int64_t train_tokens, std::int64_t validation_tokens, std::int64_t context,
                   std::int64_t stride);

}  // namespace lockstep
