// SPDX-License-Identifier: Apache-2.0
#include "text/token_file_header.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cstring>

#include "base/error.h"
#include "base/sentence.h"

namespace lockstep {
namespace {

static_assert(std::endian::native == std::endian::little, "token files are little-endian");

constexpr std::size_t kVersionOffset = 8;
constexpr std::size_t kBytesPerTokenOffset = 12;
constexpr std::size_t kCountOffset = 16;
constexpr std::size_t kVocabSizeOffset = 24;

struct TextField {
  std::size_t offset;
  std::size_t bytes;
};
constexpr TextField kDigestField{32, 64};
constexpr TextField kTokenizerField{96, 256};
constexpr TextField kSourceField{352, 256};

template <class Number>
void put(std::span<std::byte> bytes, std::size_t offset, Number value) {
  std::memcpy(bytes.data() + offset, &value, sizeof value);
}

template <class Number>
Number number_at(std::span<const std::byte> bytes, std::size_t offset) {
  Number value{};
  std::memcpy(&value, bytes.data() + offset, sizeof value);
  return value;
}

void put_text(std::span<std::byte> bytes, TextField field, const std::string& text) {
  if (text.size() >= field.bytes)
    throw Error(ErrorKind::input,
                sentence("writing the header of a token file: '{0}' has {1} bytes, at most {2} fit",
                         {text, text.size(), field.bytes - 1}));
  std::memcpy(bytes.data() + field.offset, text.data(), text.size());
}

std::string text_at(std::span<const std::byte> bytes, TextField field) {
  const auto* const first = reinterpret_cast<const char*>(bytes.data()) + field.offset;
  return {first, std::find(first, first + field.bytes, '\0')};
}

}  // namespace

std::array<std::byte, kTokenHeaderBytes> header_to_bytes(const TokenFileHeader& header) {
  std::array<std::byte, kTokenHeaderBytes> bytes{};
  std::memcpy(bytes.data(), kTokenMagic.data(), kTokenMagic.size());
  put(bytes, kVersionOffset, header.version);
  put(bytes, kBytesPerTokenOffset, header.bytes_per_token);
  put(bytes, kCountOffset, header.count);
  put(bytes, kVocabSizeOffset, header.vocab_size);
  put_text(bytes, kDigestField, header.digest);
  put_text(bytes, kTokenizerField, header.tokenizer_fingerprint);
  put_text(bytes, kSourceField, header.source_fingerprint);
  return bytes;
}

std::optional<TokenFileHeader> header_from_bytes(std::span<const std::byte> bytes) {
  assert(bytes.size() >= kTokenHeaderBytes);
  if (std::memcmp(bytes.data(), kTokenMagic.data(), kTokenMagic.size()) != 0) return std::nullopt;
  return TokenFileHeader{.version = number_at<std::uint32_t>(bytes, kVersionOffset),
                         .bytes_per_token = number_at<std::uint32_t>(bytes, kBytesPerTokenOffset),
                         .count = number_at<std::int64_t>(bytes, kCountOffset),
                         .vocab_size = number_at<std::int64_t>(bytes, kVocabSizeOffset),
                         .digest = text_at(bytes, kDigestField),
                         .tokenizer_fingerprint = text_at(bytes, kTokenizerField),
                         .source_fingerprint = text_at(bytes, kSourceField)};
}

}  // namespace lockstep
