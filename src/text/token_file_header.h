// SPDX-License-Identifier: Apache-2.0
// The header of a token file as a value, and as the bytes that FORMAT.md describes.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace lockstep {

inline constexpr std::size_t kTokenHeaderBytes = 4096;
inline constexpr std::array<char, 8> kTokenMagic = {'L', 'K', 'S', 'T', 'O', 'K', 'E', 'N'};
inline constexpr std::uint32_t kTokenFileVersion = 1;

struct TokenFileHeader {
  std::uint32_t version = kTokenFileVersion;
  std::uint32_t bytes_per_token = 2;
  std::int64_t count = 0;
  std::int64_t vocab_size = 0;
  std::string digest;
  std::string tokenizer_fingerprint;
  std::string source_fingerprint;
  friend bool operator==(const TokenFileHeader&, const TokenFileHeader&) = default;
};

// Throws Error(input) when a text is too long for its field.
std::array<std::byte, kTokenHeaderBytes> header_to_bytes(const TokenFileHeader& header);

// The opposite, without a judgement of the values; absent without the magic.
// REQUIRES: bytes.size() >= kTokenHeaderBytes.
std::optional<TokenFileHeader> header_from_bytes(std::span<const std::byte> bytes);

}  // namespace lockstep
