// SPDX-License-Identifier: Apache-2.0
// Text to token ids and back. To add a kind: write x_tokenizer.{h,cpp}, add a case in
// make_tokenizer.cpp.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace lockstep {

using TokenId = std::uint32_t;

// THREADS: const functions may be called from several threads at once.
class Tokenizer {
 public:
  virtual ~Tokenizer() = default;
  virtual std::string kind() const = 0;  // "byte", "sentencepiece"
  virtual std::int64_t vocab_size() const = 0;
  // Appends the tokens of `text` to `tokens`. REQUIRES: `text` is valid UTF-8.
  virtual void encode(std::string_view text, std::vector<TokenId>& tokens) const = 0;
  virtual std::string decode(const std::vector<TokenId>& tokens) const = 0;
  // Everything that is needed to make this tokenizer again, as bytes.
  virtual std::string serialized() const = 0;
  // Two tokenizers with one fingerprint give the same tokens for the same text.
  virtual std::string fingerprint() const = 0;
};

}  // namespace lockstep
