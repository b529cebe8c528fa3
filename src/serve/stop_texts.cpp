// SPDX-License-Identifier: Apache-2.0
#include "serve/stop_texts.h"

#include <algorithm>
#include <utility>

namespace lockstep {
namespace {

// The longest end of `text` that `stop` begins with.
std::size_t begun_part(std::string_view text, std::string_view stop) {
  std::size_t size = std::min(text.size(), stop.size() - 1);
  while (!text.ends_with(stop.substr(0, size))) --size;
  return size;
}

}  // namespace

std::string StopTexts::add(std::string_view piece) {
  if (is_found_) return {};
  held_ += piece;
  std::size_t first = std::string::npos;
  std::size_t begun = 0;
  for (const std::string& stop : stops_) {
    first = std::min(first, held_.find(stop));
    begun = std::max(begun, begun_part(held_, stop));
  }
  is_found_ = first != std::string::npos;
  const std::size_t said = is_found_ ? first : held_.size() - begun;
  std::string text = held_.substr(0, said);
  held_.erase(0, said);
  return text;
}

std::string StopTexts::end() { return is_found_ ? std::string() : std::exchange(held_, {}); }

}  // namespace lockstep
