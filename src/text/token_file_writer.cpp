// SPDX-License-Identifier: Apache-2.0
#include "text/token_file_writer.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "base/error.h"

namespace lockstep {
namespace {

constexpr std::int64_t kMaxNarrowVocab = 65536;

}  // namespace

TokenFileWriter::TokenFileWriter(const std::filesystem::path& path, std::int64_t vocab_size,
                                 std::string tokenizer_fingerprint, std::string source_fingerprint)
    : file_(path, ErrorKind::input),
      header_{.bytes_per_token = vocab_size <= kMaxNarrowVocab ? 2U : 4U,
              .vocab_size = vocab_size,
              .digest = {},
              .tokenizer_fingerprint = std::move(tokenizer_fingerprint),
              .source_fingerprint = std::move(source_fingerprint)} {
  // A header that does not fit fails here, before the work.
  file_.write(header_to_bytes(header_));
}

void TokenFileWriter::append(std::span<const TokenId> tokens) {
  assert(std::ranges::all_of(tokens, [&](TokenId token) { return token < header_.vocab_size; }));
  if (header_.bytes_per_token == 2) {
    narrow_.assign(tokens.begin(), tokens.end());
    write(std::as_bytes(std::span(narrow_)));
  } else {
    write(std::as_bytes(tokens));
  }
  header_.count += static_cast<std::int64_t>(tokens.size());
}

void TokenFileWriter::write(std::span<const std::byte> bytes) {
  file_.write(bytes);
  digest_.add(bytes);
}

void TokenFileWriter::finish() {
  header_.digest = digest();
  file_.write_at(0, header_to_bytes(header_));
  file_.commit();
}

}  // namespace lockstep
