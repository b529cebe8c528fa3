// SPDX-License-Identifier: Apache-2.0
#include "base/printable.h"

namespace lockstep {
namespace {

constexpr unsigned char kDelete = 0x7F;
constexpr unsigned char kFirstByteOfC1 = 0xC2;  // in UTF-8, before 80 to 9F

bool is_c0(unsigned char byte) { return byte < ' ' && byte != '\n' && byte != '\t'; }

std::string escape(unsigned char code) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  return {'\\', 'u', '0', '0', kDigits[code >> 4], kDigits[code & 0xF]};
}

}  // namespace

std::string printable(std::string_view text) {
  std::string shown;
  shown.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const auto next = static_cast<unsigned char>(i + 1 < text.size() ? text[i + 1] : '\0');
    if (is_c0(byte) || byte == kDelete) {
      shown += escape(byte);
    } else if (byte == kFirstByteOfC1 && next >= 0x80 && next <= 0x9F) {
      shown += escape(next);
      ++i;
    } else {
      shown += text[i];
    }
  }
  return shown;
}

std::string shell_word(std::string_view text) {
  constexpr std::string_view kPlain =
      "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_-./=+,:@%";
  if (!text.empty() && text.find_first_not_of(kPlain) == std::string_view::npos)
    return std::string(text);
  std::string quoted = "\"";
  for (const char character : text) {
    if (std::string_view("\"\\$`").find(character) != std::string_view::npos) quoted += '\\';
    quoted += character;
  }
  return quoted + "\"";
}

}  // namespace lockstep
