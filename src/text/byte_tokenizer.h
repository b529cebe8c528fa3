// SPDX-License-Identifier: Apache-2.0
// One token per byte: needs no training, knows every text, and is exact. A token it does not have
// reads as U+FFFD: a model may have a larger vocabulary.
#pragma once

#include "text/tokenizer.h"

namespace lockstep {

class ByteTokenizer : public Tokenizer {
 public:
  std::string kind() const override { return "byte"; }
  std::int64_t vocab_size() const override { return 256; }
  void encode(std::string_view text, std::vector<TokenId>& tokens) const override;
  std::string decode(const std::vector<TokenId>& tokens) const override;
  std::string serialized() const override { return {}; }
  std::string fingerprint() const override { return "byte-v1"; }
};

}  // namespace lockstep
