// SPDX-License-Identifier: Apache-2.0
#include "base/sentence.h"

#include <cassert>

namespace lockstep {
namespace {

// Threads that are left behind may speak until the process has ended.
SentenceTable& table_of_process() {
  static SentenceTable& table = *new SentenceTable;
  return table;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Where the next "{0", "{1", ... of `sentence` is; at its end if there is none.
std::size_t next_place(std::string_view sentence) {
  std::size_t open = sentence.find('{');
  while (open != sentence.npos && (open + 1 == sentence.size() || !is_digit(sentence[open + 1])))
    open = sentence.find('{', open + 1);
  return open == sentence.npos ? sentence.size() : open;
}

// `words` is what stands between "{0" and "}": nothing, for the value, or "|one|many".
std::string_view chosen_word(std::string_view words, std::string_view value) {
  if (words.empty()) return value;
  const std::size_t second = words.find('|', 1);
  return value == "1" ? words.substr(1, second - 1) : words.substr(second + 1);
}

}  // namespace

std::string fill(std::string_view sentence, std::initializer_list<SentenceValue> values) {
  std::string text;
  while (true) {
    const std::size_t open = next_place(sentence);
    text += sentence.substr(0, open);
    if (open == sentence.size()) return text;
    const auto index = static_cast<std::size_t>(sentence[open + 1] - '0');
    assert(index < values.size());
    const std::size_t close = sentence.find('}', open);
    text += chosen_word(sentence.substr(open + 2, close - open - 2), values.begin()[index].text());
    sentence.remove_prefix(close + 1);
  }
}

std::string sentence(std::string_view english, std::initializer_list<SentenceValue> values) {
  return fill(translated(english), values);
}

std::string_view translated(std::string_view english) {
  const SentenceTable& table = table_of_process();
  const auto found = table.find(english);
  return found == table.end() ? english : found->second;
}

void translate_sentences(SentenceTable table) { table_of_process() = std::move(table); }

bool speaks_english() { return table_of_process().empty(); }

}  // namespace lockstep
