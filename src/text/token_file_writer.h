// SPDX-License-Identifier: Apache-2.0
// Writes a token file (FORMAT.md) token by token, of any length; it exists when finish() returns
// and not before.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "base/digest.h"
#include "base/file.h"
#include "text/token_file_header.h"
#include "text/tokenizer.h"

namespace lockstep {

class TokenFileWriter {
 public:
  TokenFileWriter(const std::filesystem::path& path, std::int64_t vocab_size,
                  std::string tokenizer_fingerprint, std::string source_fingerprint);

  // REQUIRES: every token is smaller than the vocabulary.
  void append(std::span<const TokenId> tokens);
  std::int64_t count() const { return header_.count; }
  // Of the tokens so far.
  std::string digest() const { return digest_.hex(); }

  // Completes the header and makes the file exist, durably.
  void finish();

 private:
  void write(std::span<const std::byte> bytes);

  DraftFile file_;
  TokenFileHeader header_;
  StreamDigest digest_;
  std::vector<std::uint16_t> narrow_;  // the tokens of one append(), 2 bytes each
};

}  // namespace lockstep
