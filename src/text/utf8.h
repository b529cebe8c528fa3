// SPDX-License-Identifier: Apache-2.0
// Whether bytes are UTF-8, as RFC 3629 has it: no overlong forms, no surrogates, nothing above
// U+10FFFF. A text that comes in chunks is checked chunk by chunk, each cut at its
// complete_utf8_end().
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace lockstep {

// U+FFFD: what stands for text that cannot be told.
inline constexpr std::string_view kReplacementCharacter = "\xEF\xBF\xBD";

// The offset of the first character that is not valid UTF-8; absent when all are.
std::optional<std::size_t> find_invalid_utf8(std::string_view text);

// The offset behind the last complete character: text.size(), or up to 3 less when the text ends
// within a character. Bytes that can be no part of a character count as complete.
std::size_t complete_utf8_end(std::string_view text);

}  // namespace lockstep
