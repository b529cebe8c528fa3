// SPDX-License-Identifier: Apache-2.0
#include "text/utf8.h"

#include <algorithm>
#include <cstdint>

namespace lockstep {
namespace {

constexpr std::size_t kMaxLength = 4;

std::uint8_t byte_at(std::string_view text, std::size_t offset) {
  return static_cast<std::uint8_t>(text[offset]);
}

bool is_continuation(std::uint8_t byte) { return (byte & 0xC0) == 0x80; }

// The bytes of a character by its first byte; 0 when no character starts with it.
std::size_t length_after(std::uint8_t lead) {
  if (lead < 0x80) return 1;
  if (lead < 0xC2) return 0;
  if (lead < 0xE0) return 2;
  if (lead < 0xF0) return 3;
  if (lead < 0xF5) return 4;
  return 0;
}

// The second byte alone tells overlong forms, surrogates and values above U+10FFFF.
bool may_follow(std::uint8_t lead, std::uint8_t second) {
  switch (lead) {
    case 0xE0: return second >= 0xA0 && second <= 0xBF;
    case 0xED: return second >= 0x80 && second <= 0x9F;
    case 0xF0: return second >= 0x90 && second <= 0xBF;
    case 0xF4: return second >= 0x80 && second <= 0x8F;
    default: return is_continuation(second);
  }
}

// The bytes of the valid character at `offset`; 0 when there is none.
std::size_t character_length(std::string_view text, std::size_t offset) {
  const std::uint8_t lead = byte_at(text, offset);
  const std::size_t length = length_after(lead);
  if (length <= 1) return length;
  if (text.size() - offset < length || !may_follow(lead, byte_at(text, offset + 1))) return 0;
  for (std::size_t i = 2; i < length; ++i) {
    if (!is_continuation(byte_at(text, offset + i))) return 0;
  }
  return length;
}

}  // namespace

std::optional<std::size_t> find_invalid_utf8(std::string_view text) {
  std::size_t offset = 0;
  while (offset < text.size()) {
    const std::size_t length = character_length(text, offset);
    if (length == 0) return offset;
    offset += length;
  }
  return std::nullopt;
}

std::size_t complete_utf8_end(std::string_view text) {
  const std::size_t reach = std::min(text.size(), kMaxLength - 1);
  for (std::size_t back = 1; back <= reach; ++back) {
    const std::uint8_t byte = byte_at(text, text.size() - back);
    if (is_continuation(byte)) continue;
    return length_after(byte) > back ? text.size() - back : text.size();
  }
  return text.size();
}

}  // namespace lockstep
