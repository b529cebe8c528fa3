// SPDX-License-Identifier: Apache-2.0
#include "report/words.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <set>
#include <type_traits>

#include "report/environment.h"

namespace lockstep::test {
namespace {

// A member that is no std::string_view would make this count, or the cast, fail.
constexpr std::size_t kSentences = sizeof(Words) / sizeof(std::string_view);
using Sentences = std::array<std::string_view, kSentences>;
static_assert(sizeof(Sentences) == sizeof(Words) && std::is_trivially_copyable_v<Words>);

Sentences sentences_in(Language language) { return std::bit_cast<Sentences>(words_in(language)); }

std::set<char> places_in(std::string_view sentence) {
  std::set<char> places;
  for (std::size_t i = 0; i + 2 < sentence.size(); ++i) {
    if (sentence[i] == '{' && sentence[i + 2] == '}') places.insert(sentence[i + 1]);
  }
  return places;
}

TEST(Words, ExistInBothLanguages) {
  const Sentences chinese = sentences_in(Language::zh);
  const Sentences english = sentences_in(Language::en);
  for (std::size_t i = 0; i < kSentences; ++i) {
    EXPECT_FALSE(chinese[i].empty()) << "sentence " << i << ", in English: " << english[i];
    EXPECT_FALSE(english[i].empty()) << "sentence " << i << ", in Chinese: " << chinese[i];
  }
}

TEST(Words, HavePlacesForTheSameValuesInBothLanguages) {
  const Sentences chinese = sentences_in(Language::zh);
  const Sentences english = sentences_in(Language::en);
  for (std::size_t i = 0; i < kSentences; ++i) {
    EXPECT_EQ(places_in(chinese[i]), places_in(english[i])) << english[i];
  }
}

TEST(Words, OfEnglishHoldNoChinese) {
  const auto is_chinese = [](std::string_view sentence) {
    // U+4E00..U+9FFF begin with the bytes E4 to E9.
    return sentence.find_first_of("\xE4\xE5\xE6\xE7\xE8\xE9") != std::string_view::npos;
  };
  for (const std::string_view sentence : sentences_in(Language::en)) {
    EXPECT_FALSE(is_chinese(sentence)) << sentence;
  }
  EXPECT_TRUE(is_chinese(words_in(Language::zh).training));
}

TEST(LanguageNamed, KnowsZhAndEnOnly) {
  EXPECT_EQ(language_named("zh"), Language::zh);
  EXPECT_EQ(language_named("en"), Language::en);
  EXPECT_EQ(language_named("fr"), std::nullopt);
  EXPECT_EQ(language_named(""), std::nullopt);
  for (const Language language : {Language::zh, Language::en})
    EXPECT_EQ(language_named(name_of(language)), language);
}

Language language_with(const char* all, const char* messages, const char* lang) {
  const EnvironmentVariable first("LC_ALL", all);
  const EnvironmentVariable second("LC_MESSAGES", messages);
  const EnvironmentVariable third("LANG", lang);
  return language_of_environment();
}

TEST(LanguageOfEnvironment, IsChineseForEveryChineseLocale) {
  EXPECT_EQ(language_with(nullptr, nullptr, "zh_CN.UTF-8"), Language::zh);
  EXPECT_EQ(language_with(nullptr, nullptr, "zh_TW"), Language::zh);
  EXPECT_EQ(language_with(nullptr, nullptr, "zh"), Language::zh);
  EXPECT_EQ(language_with(nullptr, nullptr, "zh_HK.utf8@radical"), Language::zh);
}

TEST(LanguageOfEnvironment, IsNotChineseWhereATerminalWouldNotShowIt) {
  EXPECT_EQ(language_with(nullptr, nullptr, "zh_CN.GB18030"), Language::en);
  EXPECT_EQ(language_with(nullptr, nullptr, "zh_TW.Big5"), Language::en);
  EXPECT_EQ(language_with(nullptr, nullptr, "zh_CN."), Language::en);
}

TEST(LanguageOfEnvironment, IsEnglishForAllElse) {
  EXPECT_EQ(language_with(nullptr, nullptr, "de_DE.UTF-8"), Language::en);
  EXPECT_EQ(language_with(nullptr, nullptr, "C"), Language::en);
  EXPECT_EQ(language_with(nullptr, nullptr, nullptr), Language::en);
}

TEST(LanguageOfEnvironment, TakesLcAllBeforeLcMessagesBeforeLang) {
  EXPECT_EQ(language_with("C", "zh_CN", "zh_CN"), Language::en);
  EXPECT_EQ(language_with("zh_CN", "C", "C"), Language::zh);
  EXPECT_EQ(language_with(nullptr, "zh_CN", "C"), Language::zh);
  EXPECT_EQ(language_with(nullptr, "C", "zh_CN"), Language::en);
}

TEST(LanguageOfEnvironment, PassesOverVariablesThatAreEmpty) {
  EXPECT_EQ(language_with("", "", "zh_CN"), Language::zh);
}

}  // namespace
}  // namespace lockstep::test
