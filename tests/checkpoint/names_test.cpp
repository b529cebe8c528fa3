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

TEST(Names, SetsHaveLeadingZerosThatSortThem) {
  EXPECT_EQ(epoch_set(3), "epoch_0003");
  EXPECT_EQ(epoch_set(12345), "epoch_12345");
  EXPECT_EQ(step_set(12345), "step_00012345");
  EXPECT_EQ(step_set(123456789), "step_123456789");
}

TEST(Names, ParsingGivesBackTheSet) {
  EXPECT_EQ(parse_set("epoch_0003"), (SetName{.ends_an_epoch = true, .number = 3}));
  EXPECT_EQ(parse_set("epoch_12345"), (SetName{.ends_an_epoch = true, .number = 12345}));
  EXPECT_EQ(parse_set("step_00000000"), (SetName{.ends_an_epoch = false, .number = 0}));
  EXPECT_EQ(parse_set("step_123456789"), (SetName{.ends_an_epoch = false, .number = 123456789}));
}

TEST(Names, OnlyExactSetsAreOurs) {
  for (const char* name : {"epoch_3",
                           "epoch_003",
                           "epoch_00003",
                           "epoch_0000",
                           "epoch_-001",
                           "epoch_+001",
                           "epoch_ 001",
                           "epoch_0003.backup",
                           "epoch_0003/",
                           "epoch_",
                           "epoch",
                           "Epoch_0003",
                           "step_0000001",
                           "step_000000001",
                           "step_-0000001",
                           "step_1",
                           "step_",
                           "latest",
                           "best",
                           "",
                           "epoch_99999999999999999999",
                           "epoch_0003\n",
                           "my_epoch_0003",
                           "epoch_0x03"})
    EXPECT_EQ(parse_set(name), std::nullopt) << name;
}

TEST(Names, ShardsHaveFiveDigits) {
  EXPECT_EQ(shard_file(0, 4), "shard_00000_of_00004.h5");
  EXPECT_EQ(shard_file(123456, 200000), "shard_123456_of_200000.h5");
}

TEST(Names, MarksAreThereAndBack) {
  EXPECT_EQ(marked_set("epoch_0003", SetMark::draft, "0a1b2c3d"), "epoch_0003.draft-0a1b2c3d");
  EXPECT_EQ(marked_set("step_00000001", SetMark::trash, "0a1b2c3d"),
            "step_00000001.trash-0a1b2c3d");
  EXPECT_EQ(parse_marked_set("epoch_0003.draft-0a1b2c3d"),
            (MarkedSet{.set = "epoch_0003", .mark = SetMark::draft}));
  EXPECT_EQ(parse_marked_set("step_00000001.trash-00000000"),
            (MarkedSet{.set = "step_00000001", .mark = SetMark::trash}));
  EXPECT_EQ(parse_marked_set("epoch_0003.replaced-ffffffff"),
            (MarkedSet{.set = "epoch_0003", .mark = SetMark::replaced}));
}

TEST(Names, OnlyExactMarksAreOurs) {
  for (const char* name :
       {"epoch_0003.draft-xyz", "epoch_0003.draft-0a1b2c3", "epoch_0003.draft-0a1b2c3d4",
        "epoch_0003.draft-0A1B2C3D", "epoch_0003.draft", "epoch_0003.draft-", "epoch_0003",
        "epoch_3.draft-0a1b2c3d", "latest.draft-0a1b2c3d", ".draft-0a1b2c3d",
        "epoch_0003.old-0a1b2c3d", "epoch_0003.draft-0a1b2c3d.draft-0a1b2c3d",
        "epoch_0003.draft-0a1b2c3d.trash-0a1b2c3d", "epoch_0003draft-0a1b2c3d", ""})
    EXPECT_EQ(parse_marked_set(name), std::nullopt) << name;
}

}  // namespace
}  // namespace lockstep::names
