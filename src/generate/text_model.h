// SPDX-License-Identifier: Apache-2.0
// What writes text: a prompt goes in, what follows it comes out piece by piece. Knows nothing of
// LibTorch.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "generate/sampling.h"

namespace lockstep {

struct TextRequest {
  std::string prompt;  // UTF-8, not empty
  std::int64_t max_new_tokens = 0;
  Sampling sampling;
  std::uint64_t seed = 0;  // the same request with the same seed gives the same text
};

struct TokenCounts {
  std::int64_t prompt = 0;
  std::int64_t unread =
      0;  // tokens at the beginning of the prompt that the context has no room for
  std::int64_t written = 0;
};

// THREADS: generate() one at a time; the rest at any time.
class TextModel {
 public:
  virtual ~TextModel() = default;
  virtual std::int64_t parameters() const = 0;
  virtual std::string device() const = 0;  // "cpu"

  // Gives `take` what follows the prompt, in pieces of whole characters, none empty. It returns
  // whether more is wanted. Throws Error(checkpoint) for a model whose logits are no numbers, and
  // Error(input) for a prompt that is nothing to its tokenizer.
  using TakePiece = std::function<bool(std::string_view piece)>;
  virtual TokenCounts generate(const TextRequest& request, const TakePiece& take) = 0;
};

}  // namespace lockstep
