// SPDX-License-Identifier: Apache-2.0
#include "app/flag_hints.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>
#include <set>
#include <sstream>

#include "app/trainer_flags.h"

namespace lockstep::test {
namespace {

using testing::HasSubstr;

TEST(FlagHints, KnowNamesOfOtherTools) {
  EXPECT_EQ(hint_for_flag("--lr"), "; did you mean '--learning-rate'?");
  EXPECT_EQ(hint_for_flag("--wd"), "; did you mean '--weight-decay'?");
  EXPECT_EQ(hint_for_flag("--lr-scheduler"), "; did you mean '--schedule'?");
  EXPECT_EQ(hint_for_flag("--checkpoint-dir"), "; did you mean '--output-dir'?");
  EXPECT_EQ(hint_for_flag("--amp"), "; did you mean '--precision bf16'?");
  EXPECT_EQ(hint_for_flag("--world-size"), "; ranks are started by mpirun: mpirun -np 8 trainer");
  EXPECT_THAT(hint_for_flag("--micro-batch-size"), HasSubstr("--lanes"));
}

TEST(FlagHints, SayHowARunGoesOn) {
  for (const char* flag : {"--resume-from", "--load", "--init-from", "--ckpt"})
    EXPECT_EQ(hint_for_flag(flag),
              "; --output-dir DIR --resume goes on with the run in DIR, --checkpoint FILE begins a "
              "new run from the weights in FILE")
        << flag;
}

TEST(FlagHints, TakeNamesAsEveryToolWritesThem) {
  for (const char* flag : {"--grad_clip", "--Grad-Clip", "-grad_clip"})
    EXPECT_EQ(hint_for_flag(flag), "; did you mean '--clip-norm'?") << flag;
}

TEST(FlagHints, FindSlipsOfOurOwnNames) {
  EXPECT_EQ(hint_for_flag("--lerning-rate"), "; did you mean '--learning-rate'?");
  EXPECT_EQ(hint_for_flag("--colour"), "; see trainer --help");
  EXPECT_EQ(hint_for_flag("--"), "; see trainer --help");
}

TEST(FlagHints, NeverSayTheOpposite) {
  EXPECT_EQ(hint_for_flag("--save-every-epoch"), "; did you mean '--no-save-every-epoch=false'?");
  EXPECT_EQ(hint_for_flag("--save_every_epoch"), "; did you mean '--no-save-every-epoch=false'?");
  EXPECT_EQ(hint_for_flag("--no_save_every_epoch"), "; did you mean '--no-save-every-epoch'?");
  EXPECT_EQ(hint_for_flag("--no-fast"), "; did you mean '--fast=false'?");
  EXPECT_EQ(hint_for_flag("--no-quiet"), "; see trainer --help");
  EXPECT_EQ(hint_for_flag("--no-save-each-epoch"), "; did you mean '--no-save-every-epoch'?");
}

TEST(FlagHints, NameOnlyFlagsThatThereAre) {
  const std::regex flag("--[a-z0-9-]+");
  for (const KnownElsewhere& known : known_elsewhere()) {
    const std::string hint(known.hint);
    for (std::sregex_iterator found(hint.begin(), hint.end(), flag), end; found != end; ++found)
      EXPECT_NE(find_trainer_flag(found->str()), nullptr) << found->str();
  }
}

TEST(FlagHints, KnowEachNameOnceAndNoneOfOurs) {
  std::set<std::string> seen;
  for (const KnownElsewhere& known : known_elsewhere()) {
    std::istringstream names{std::string(known.names)};
    for (std::string name; names >> name;) {
      EXPECT_TRUE(seen.insert(name).second) << name;
      EXPECT_EQ(find_trainer_flag("--" + name), nullptr) << name;
    }
  }
}

}  // namespace
}  // namespace lockstep::test
