// SPDX-License-Identifier: Apache-2.0
// Characters that SentencePiece keeps to itself: NUL, tab and newline, U+2581 which it writes for a
// space, and U+2585 which it writes for the unknown. Text is cut at them before the library sees
// it, in training and in use, and they are spelled in byte tokens.
#pragma once

#include <cstddef>
#include <string_view>

namespace lockstep {

struct ReservedCharacter {
  std::size_t offset = 0;  // the size of the text when there is none
  std::size_t length = 0;
};

// The first reserved character of `text`.
inline ReservedCharacter find_reserved_character(std::string_view text) {
  using namespace std::string_view_literals;
  for (std::size_t at = 0; (at = text.find_first_of("\0\t\n\xE2"sv, at)) != text.npos; ++at) {
    if (text[at] != '\xE2') return {.offset = at, .length = 1};
    const std::string_view character = text.substr(at, 3);
    if (character == "\u2581" || character == "\u2585") return {.offset = at, .length = 3};
  }
  return {.offset = text.size(), .length = 0};
}

}  // namespace lockstep
