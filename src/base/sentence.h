// SPDX-License-Identifier: Apache-2.0
// Sentences for people that are made where something is found: errors, warnings, findings. They are
// written in English where they are said, and said in the language of this process: a table finds
// the other language's sentence by the English one, as GNU gettext does (report/chinese.h).
#pragma once

#include <concepts>
#include <filesystem>
#include <initializer_list>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace lockstep {

// What stands in a sentence for {0}, {1}, ...: a text, a path or a whole number.
class SentenceValue {
 public:
  SentenceValue(std::string text) : text_(std::move(text)) {}
  SentenceValue(std::string_view text) : text_(text) {}
  SentenceValue(const char* text) : text_(text) {}
  SentenceValue(const std::filesystem::path& path) : text_(path.string()) {}
  template <std::integral Number>
  SentenceValue(Number number) : text_(std::to_string(number)) {}

  std::string_view text() const noexcept { return text_; }

 private:
  std::string text_;
};

// `sentence` with its {0}, {1}, ... replaced by `values`. {0|rank|ranks} stands for the first word
// if value 0 is "1", else for the second. A brace that no digit follows is a brace. REQUIRES: at
// most ten values.
std::string fill(std::string_view sentence, std::initializer_list<SentenceValue> values);

// `english`, filled, in the language of this process.
// REQUIRES: a literal, so that a test can see that it stands in the table.
std::string sentence(std::string_view english, std::initializer_list<SentenceValue> values = {});

// `english` in the language of this process: a sentence without places that was chosen before it is
// said, or by another process.
std::string_view translated(std::string_view english);

// The sentences of another language, by the English ones.
using SentenceTable = std::unordered_map<std::string_view, std::string_view>;

// Makes it the language of this process. An empty table is English.
// REQUIRES: before other threads say something.
void translate_sentences(SentenceTable table);

// Whether this process says its sentences as they are written.
bool speaks_english();

}  // namespace lockstep
