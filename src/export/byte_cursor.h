// SPDX-License-Identifier: Apache-2.0
// Takes numbers and pieces off the front of bytes that came from a file; nothing is read past their
// end. Numbers are little-endian.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "base/sentence.h"

namespace lockstep {

class ByteCursor {
 public:
  // `bytes` must outlive the cursor; `subject` begins every message: "reading a.pt: the pickle".
  ByteCursor(std::string_view bytes, std::string subject)
      : bytes_(bytes), subject_(std::move(subject)) {}

  std::string_view take(std::uint64_t count) {
    if (count > remaining()) fail(sentence("ends early: the file is damaged"));
    const std::string_view piece = bytes_.substr(position_, count);
    position_ += count;
    return piece;
  }

  std::uint64_t take_number(int byte_count) {
    const std::string_view piece = take(static_cast<std::uint64_t>(byte_count));
    std::uint64_t value = 0;
    for (int i = byte_count; i-- > 0;)
      value = value << 8 | static_cast<std::uint8_t>(piece[static_cast<std::size_t>(i)]);
    return value;
  }
  std::uint8_t u8() { return static_cast<std::uint8_t>(take_number(1)); }
  std::uint16_t u16() { return static_cast<std::uint16_t>(take_number(2)); }
  std::uint32_t u32() { return static_cast<std::uint32_t>(take_number(4)); }
  std::uint64_t u64() { return take_number(8); }

  // Up to the next line feed, which is dropped.
  std::string_view line() {
    const std::size_t end = bytes_.find('\n', position_);
    if (end == std::string_view::npos) fail(sentence("ends early: the file is damaged"));
    const std::string_view text = take(end - position_);
    take(1);
    return text;
  }

  const std::string& subject() const { return subject_; }
  std::uint64_t remaining() const { return bytes_.size() - position_; }

  // Throws Error(checkpoint): the subject, then `found`.
  [[noreturn]] void fail(const std::string& found) const {
    throw Error(ErrorKind::checkpoint, sentence("{0} {1}", {subject_, found}));
  }

 private:
  std::string_view bytes_;
  std::string subject_;
  std::size_t position_ = 0;
};

}  // namespace lockstep
