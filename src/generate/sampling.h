// SPDX-License-Identifier: Apache-2.0
// From the logits of the next token to a token. Pure: the caller brings the random number.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "text/tokenizer.h"

namespace lockstep {

// Carried out in this order, each over what the one before has left, as transformers does.
struct Sampling {
  // > 1: what has been read or written already is less likely to come again (Keskar et al. 2019).
  double repetition_penalty = 1.0;
  double temperature = 1.0;           // 0: always the most likely token
  std::optional<std::int64_t> top_k;  // of the k most likely tokens only (Fan et al. 2018)
  // Of the fewest most likely tokens that have this probability together (Holtzman et al. 2020).
  std::optional<double> top_p;
};

// The token that `uniform`, in [0, 1), falls on. Of equal logits the lower token comes first.
// Throws Error(checkpoint) where no logit is a finite number.
// REQUIRES: logits are not empty; every token of `seen` is below their count.
TokenId sample_token(std::vector<float> logits, const std::vector<TokenId>& seen,
                     const Sampling& sampling, double uniform);

}  // namespace lockstep
