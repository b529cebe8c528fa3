// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/names.h"

#include <gtest/gtest.h>

namespace lockstep::names {
namespace {

TEST(Names, AnEpochFileIsNumberedFromOne) { EXPECT_EQ(epoch_file(1), "model_epoch_1.pt"); }

TEST(Names, ParsingGivesBackTheEpoch) {
  EXPECT_EQ(parse_epoch_file("model_epoch_1.pt"), 1);
  EXPECT_EQ(parse_epoch_file("model_epoch_120.pt"), 120);
}

TEST(Names, OnlyExactNamesAreOurs) {
  for (const char* name :
       {"model_epoch_3.pt.backup", "model_epoch_03.pt", "model_epoch_0.pt", "model_epoch_-1.pt",
        "model_epoch_+1.pt", "model_epoch_.pt", "model_epoch_3", "my_model_epoch_3.pt",
        "model_epoch_3.PT", "model_epoch_ 3.pt", "model_epoch_3a.pt", "model_epoch_3.0.pt",
        "model_epoch_99999999999999999999.pt", "best_model.pt", "model.pt", ""})
    EXPECT_EQ(parse_epoch_file(name), std::nullopt) << name;
}

}  // namespace
}  // namespace lockstep::names
