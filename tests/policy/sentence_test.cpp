// SPDX-License-Identifier: Apache-2.0
// Every sentence("...") of the sources has its Chinese, and what people are told is a sentence.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <regex>
#include <set>

#include "policy/source_files.h"
#include "report/chinese.h"

namespace lockstep::test {
namespace {

std::string text_of(const TextFile& file) {
  std::string text;
  for (const std::string& line : file.lines) text += line + '\n';
  return text;
}

std::size_t after_space(const std::string& text, std::size_t place) {
  return std::min(text.find_first_not_of(" \n", place), text.size());
}

// The literal at `place` of a source, with those that follow it: "one " "literal". Empty if there
// is none.
std::string literal_at(const std::string& text, std::size_t place) {
  std::string literal;
  for (place = after_space(text, place); text[place] == '"'; place = after_space(text, place + 1)) {
    while (text[++place] != '"') {
      const bool is_escaped = text[place] == '\\';
      if (is_escaped) ++place;
      literal += is_escaped && text[place] == 'n' ? '\n' : text[place];
    }
  }
  return literal;
}

// What is said by sentence("...") and by the names of phases, and where. Not base/sentence itself,
// which has no literal.
std::map<std::string, std::string> sentences_said() {
  static const std::regex kCall(R"((^|[^\w])(sentence|Phase \w+)\()");
  std::map<std::string, std::string> places;
  for (const TextFile& file : sources_in("src")) {
    if (file.path.starts_with("src/base/sentence.") || file.path == "src/report/chinese.h")
      continue;
    const std::string text = text_of(file);
    for (std::sregex_iterator call(text.begin(), text.end(), kCall), none; call != none; ++call) {
      const auto end = static_cast<std::size_t>(call->position() + call->length());
      const std::string english = literal_at(text, end);
      EXPECT_FALSE(english.empty())
          << file.path << ": sentence( without a literal: " << text.substr(end, 40);
      places.emplace(english, file.path);
    }
  }
  return places;
}

// The values that fill() would put in, after a look at whether it can.
std::set<std::string> places_in(std::string_view sentence) {
  static const std::regex kBegin(R"(\{\d)");
  static const std::regex kPlace(R"(\{(\d)(\|[^|{}]*\|[^|{}]*)?\})");
  const std::string text(sentence);
  const std::sregex_iterator none;
  std::set<std::string> places;
  for (std::sregex_iterator place(text.begin(), text.end(), kPlace); place != none; ++place)
    places.insert((*place)[1]);
  EXPECT_EQ(std::distance(std::sregex_iterator(text.begin(), text.end(), kBegin), none),
            std::distance(std::sregex_iterator(text.begin(), text.end(), kPlace), none))
      << sentence;
  return places;
}

TEST(Sentences, HaveTheirChinese) {
  std::set<std::string_view> known;
  for (const Translation& translation : all_translations()) known.insert(translation.english);
  for (const auto& [english, place] : sentences_said())
    EXPECT_TRUE(known.contains(english)) << place << ": " << english;
}

TEST(Sentences, OfTheTableAreSaidAndStandThereOnce) {
  const std::map<std::string, std::string> said = sentences_said();
  std::set<std::string_view> seen;
  for (const Translation& translation : all_translations()) {
    EXPECT_TRUE(said.contains(std::string(translation.english))) << translation.english;
    EXPECT_TRUE(seen.insert(translation.english).second) << translation.english;
  }
}

TEST(Sentences, HavePlacesForTheSameValuesInBothLanguages) {
  for (const Translation& translation : all_translations()) {
    EXPECT_FALSE(translation.chinese.empty()) << translation.english;
    EXPECT_EQ(places_in(translation.chinese), places_in(translation.english))
        << translation.english;
  }
}

// Mistakes of this program alone are for its developers, in English.
TEST(Sentences, AreWhatPeopleAreTold) {
  static const std::regex kLiteral(
      R"re((Error\(\s*ErrorKind::(?!internal)\w+,|log_warning\(|log_error\(|refuse\()\s*(std::string\()?")re");
  for (const TextFile& file : sources_in("src")) {
    const std::string text = text_of(file);
    for (std::sregex_iterator found(text.begin(), text.end(), kLiteral), none; found != none;
         ++found)
      ADD_FAILURE() << file.path << ": a literal that is no sentence: "
                    << text.substr(static_cast<std::size_t>(found->position()), 90);
  }
}

}  // namespace
}  // namespace lockstep::test
