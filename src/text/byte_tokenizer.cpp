// SPDX-License-Identifier: Apache-2.0
#include "text/byte_tokenizer.h"

#include "text/utf8.h"

namespace lockstep {

void ByteTokenizer::encode(std::string_view text, std::vector<TokenId>& tokens) const {
  tokens.reserve(tokens.size() + text.size());
  for (const char byte : text) tokens.push_back(static_cast<unsigned char>(byte));
}

std::string ByteTokenizer::decode(const std::vector<TokenId>& tokens) const {
  std::string text;
  text.reserve(tokens.size());
  for (const TokenId token : tokens) {
    if (token < 256) {
      text += static_cast<char>(token);
    } else {
      text += kReplacementCharacter;
    }
  }
  return text;
}

}  // namespace lockstep
