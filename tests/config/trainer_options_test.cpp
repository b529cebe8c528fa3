// SPDX-License-Identifier: Apache-2.0
// The names of the trainer's flags are frozen: people's scripts rely on them.
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "app/trainer_flags.h"
#include "base/file.h"
#include "config/fields.h"

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

TEST(TrainerHelp, HasALineForEveryFlag) {
  const std::string help = trainer_help();
  for (const TrainerFlag& flag : trainer_flags())
    EXPECT_NE(help.find("\n  " + std::string(flag.name) + " "), std::string::npos) << flag.name;
}

TEST(TrainerHelp, FitsATerminal) {
  std::istringstream help(trainer_help());
  for (std::string line; std::getline(help, line);) EXPECT_LE(line.size(), 100U) << line;
}

TEST(TrainerHelp, ShowsTheDefaults) {
  const std::string help = trainer_help();
  EXPECT_NE(help.find("over all ranks [4]\n"), std::string::npos);
  EXPECT_NE(help.find("peak learning rate [0.0001]\n"), std::string::npos);
  EXPECT_NE(help.find("['checkpoints']\n"), std::string::npos);
}

}  // namespace
}  // namespace lockstep::test
