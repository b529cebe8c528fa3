// SPDX-License-Identifier: Apache-2.0
#include "generate/whole_characters.h"

#include <optional>

#include "text/utf8.h"

namespace lockstep {
namespace {

std::string valid_text(std::string_view text) {
  std::string valid;
  while (const std::optional<std::size_t> at = find_invalid_utf8(text)) {
    valid += text.substr(0, *at);
    valid += kReplacementCharacter;
    text.remove_prefix(*at + 1);
  }
  return valid += text;
}

}  // namespace

std::string WholeCharacters::add(std::string_view bytes) {
  begun_ += bytes;
  const std::size_t end = complete_utf8_end(begun_);
  std::string whole = valid_text(std::string_view(begun_).substr(0, end));
  begun_.erase(0, end);
  return whole;
}

std::string WholeCharacters::end() {
  const bool has_begun = !begun_.empty();
  begun_.clear();
  return std::string(has_begun ? kReplacementCharacter : "");
}

}  // namespace lockstep
