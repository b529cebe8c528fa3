// SPDX-License-Identifier: Apache-2.0
// The names of the trainer's flags are frozen: people's scripts rely on them.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <regex>
#include <set>
#include <sstream>

#include "app/trainer_flags.h"
#include "base/file.h"
#include "config/fields.h"
#include "report/display_width.h"

namespace lockstep::test {
namespace {

std::vector<std::string> frozen_flags() {
  std::istringstream file(
      read_file(LOCKSTEP_SOURCE_DIR "/tests/config/trainer_options.txt", ErrorKind::input));
  std::vector<std::string> flags;
  for (std::string line; std::getline(file, line);) flags.push_back(line);
  return flags;
}

TEST(TrainerOptions, AreTheFrozenOnes) {
  std::vector<std::string> flags;
  for (const TrainerFlag& flag : trainer_flags())
    flags.push_back(std::string(flag.name) + (flag.value.empty() ? "" : " VALUE"));
  std::ranges::sort(flags);
  EXPECT_EQ(flags, frozen_flags())
      << "a flag that goes or changes its kind breaks people's scripts; a new one is added to "
         "tests/config/trainer_options.txt";
}

TEST(TrainerOptions, SetEveryFieldThatNamesOne) {
  RunConfig config;
  for (const Field& field : fields_of(config))
    EXPECT_TRUE(field.flag.empty() || find_trainer_flag(field.flag) != nullptr) << field.flag;
}

constexpr std::array kBothLanguages = {Language::en, Language::zh};

// The line of `flag` without its name.
std::string line_of(const TrainerFlag& flag, Language language) {
  std::istringstream help(trainer_help(language));
  const std::string beginning = "  " + std::string(flag.name) + " ";
  for (std::string line; std::getline(help, line);)
    if (line.starts_with(beginning)) return line.substr(beginning.size());
  return "";
}

// "--resume" of "with --resume: N more"
std::set<std::string> flags_in(const std::string& text) {
  static const std::regex flag("--[a-z-]+");
  return {std::sregex_token_iterator(text.begin(), text.end(), flag), {}};
}

bool is_ascii_text(const std::string& text) {
  return std::ranges::all_of(text, [](unsigned char c) { return c < 128; });
}

TEST(TrainerHelp, HasALineForEveryFlag) {
  for (const TrainerFlag& flag : trainer_flags())
    for (const Language language : kBothLanguages)
      EXPECT_NE(line_of(flag, language), "") << flag.name;
}

TEST(TrainerHelp, IsEnglishOrChinese) {
  for (const TrainerFlag& flag : trainer_flags()) {
    EXPECT_TRUE(is_ascii_text(line_of(flag, Language::en))) << flag.name;
    EXPECT_FALSE(is_ascii_text(line_of(flag, Language::zh))) << flag.name;
    EXPECT_EQ(flag.group.en.empty(), flag.group.zh.empty()) << flag.name;
  }
}

TEST(TrainerHelp, NamesTheSameFlagsInBothLanguages) {
  for (const TrainerFlag& flag : trainer_flags())
    EXPECT_EQ(flags_in(line_of(flag, Language::en)), flags_in(line_of(flag, Language::zh)))
        << flag.name;
}

TEST(TrainerHelp, FitsATerminal) {
  for (const Language language : kBothLanguages) {
    std::istringstream help(trainer_help(language));
    for (std::string line; std::getline(help, line);) EXPECT_LE(display_width(line), 100) << line;
  }
}

TEST(TrainerHelp, ShowsTheDefaults) {
  const std::string help = trainer_help(Language::en);
  EXPECT_NE(help.find("over all ranks [4]\n"), std::string::npos);
  EXPECT_NE(help.find("peak learning rate [0.0001]\n"), std::string::npos);
  EXPECT_NE(help.find("['checkpoints']\n"), std::string::npos);
  EXPECT_NE(line_of(*find_trainer_flag("--batch-size"), Language::zh).find("[4]"),
            std::string::npos);
}

}  // namespace
}  // namespace lockstep::test
