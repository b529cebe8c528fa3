// SPDX-License-Identifier: Apache-2.0
#include "app/prefixed_lines.h"

#include <utility>

namespace lockstep {

PrefixedLines::PrefixedLines(std::ostream& stream, std::string prefix)
    : stream_(stream), prefix_(std::move(prefix)) {
  if (!prefix_.empty()) target_ = stream_.rdbuf(this);
}

PrefixedLines::~PrefixedLines() {
  if (target_ == nullptr) return;
  if (!line_.empty()) write_line();
  stream_.rdbuf(target_);
}

PrefixedLines::int_type PrefixedLines::overflow(int_type character) {
  if (traits_type::eq_int_type(character, traits_type::eof())) return 0;
  line_ += traits_type::to_char_type(character);
  if (line_.back() == '\n') write_line();
  return character;
}

void PrefixedLines::write_line() {
  if (line_.back() != '\n') line_ += '\n';
  const std::string whole = prefix_ + line_;
  target_->sputn(whole.data(), static_cast<std::streamsize>(whole.size()));
  target_->pubsync();
  line_.clear();
}

}  // namespace lockstep
