// SPDX-License-Identifier: Apache-2.0
#include "app/command_line.h"

#include <gtest/gtest.h>

#include <vector>

#include "report/environment.h"

namespace lockstep::test {
namespace {

Language language_of(std::vector<const char*> arguments) {
  arguments.insert(arguments.begin(), "program");
  return language_on(static_cast<int>(arguments.size()), arguments.data());
}

TEST(CommandLine, HearsTheLanguageWhereverItIsGiven) {
  EXPECT_EQ(language_of({"--lang", "zh", "--help"}), Language::zh);
  EXPECT_EQ(language_of({"list", "--help", "--lang=zh"}), Language::zh);
  EXPECT_EQ(language_of({"--help", "--lang", "en"}), Language::en);
  EXPECT_EQ(language_of({"--lang=zh", "--lang", "en"}), Language::en);
}

TEST(CommandLine, GoesByTheEnvironmentWithoutALanguageThatThereIs) {
  const EnvironmentVariable locale("LC_ALL", "zh_CN.UTF-8");
  EXPECT_EQ(language_of({}), Language::zh);
  EXPECT_EQ(language_of({"--help", "--lang"}), Language::zh);
  EXPECT_EQ(language_of({"--lang", "fr"}), Language::zh);
  EXPECT_EQ(language_of({"--lang="}), Language::zh);
  EXPECT_EQ(language_of({"--language", "en"}), Language::zh);
  EXPECT_EQ(language_of({"--lang", "en", "--lang", "fr"}), Language::en);
}

}  // namespace
}  // namespace lockstep::test
