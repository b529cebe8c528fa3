// SPDX-License-Identifier: Apache-2.0
#include "store/room.h"

#include <gmock/gmock.h>

#include <cerrno>

#include "base/error.h"
#include "base/file.h"
#include "store/saved_run.h"
#include "support/system_calls.h"
#include "support/temp_directory.h"

namespace lockstep::test {
namespace {

using testing::HasSubstr;

CheckpointConfig keeping(std::int64_t epochs) {
  CheckpointConfig config;
  config.keep_last_n = epochs;
  return config;
}

TEST(MostFiles, AreThoseKeptTheBestAndTheOneBeingWritten) {
  EXPECT_EQ(most_files(keeping(3), 100, PtNames::links), (SavedFiles{.sets = 5, .pt_files = 5}));
  EXPECT_EQ(most_files(keeping(1), 100, PtNames::links), (SavedFiles{.sets = 4, .pt_files = 3}));
}

TEST(MostFiles, AreNoMoreThanTheRunHasEpochs) {
  EXPECT_EQ(most_files(keeping(3), 4, PtNames::links), (SavedFiles{.sets = 4, .pt_files = 4}));
  EXPECT_EQ(most_files(keeping(3), 1, PtNames::links), (SavedFiles{.sets = 1, .pt_files = 1}));
}

TEST(MostFiles, AreThoseOfAllEpochsWhereAllAreKept) {
  EXPECT_EQ(most_files(keeping(0), 40, PtNames::links), (SavedFiles{.sets = 40, .pt_files = 40}));
}

TEST(MostFiles, AreFewWhereOnlyTheNewestIsKept) {
  CheckpointConfig config = keeping(10);
  config.save_every_epoch = false;
  EXPECT_EQ(most_files(config, 100, PtNames::links), (SavedFiles{.sets = 4, .pt_files = 3}));
}

TEST(MostFiles, TheTwoNewestWithinAnEpochComeOnTop) {
  CheckpointConfig config = keeping(3);
  config.save_every_steps = 10;
  EXPECT_EQ(most_files(config, 100, PtNames::links), (SavedFiles{.sets = 7, .pt_files = 5}));
  EXPECT_EQ(most_files(config, 1, PtNames::links), (SavedFiles{.sets = 3, .pt_files = 1}));
}

TEST(MostFiles, FollowTheExportRule) {
  CheckpointConfig config = keeping(3);
  const auto pt_files = [&](ExportRule rule) {
    config.export_rule = rule;
    return most_files(config, 100, PtNames::links).pt_files;
  };
  EXPECT_EQ(pt_files(ExportRule::none), 0);
  EXPECT_EQ(pt_files(ExportRule::last), 1);
  EXPECT_EQ(pt_files(ExportRule::best), 2);
}

TEST(MostFiles, CountEveryNameWhereTheyAreCopies) {
  CheckpointConfig config = keeping(3);
  const auto pt_files = [&](ExportRule rule, std::int64_t epochs) {
    config.export_rule = rule;
    return most_files(config, epochs, PtNames::copies).pt_files;
  };
  EXPECT_EQ(pt_files(ExportRule::every, 1), 5);
  EXPECT_EQ(pt_files(ExportRule::every, 100), 9);
  EXPECT_EQ(pt_files(ExportRule::last, 100), 5);
  EXPECT_EQ(pt_files(ExportRule::best, 1), 2);
  EXPECT_EQ(pt_files(ExportRule::best, 100), 3);
  EXPECT_EQ(pt_files(ExportRule::none, 100), 0);
  config.save_every_epoch = false;
  EXPECT_EQ(pt_files(ExportRule::every, 100), 5);
}

// Five sets of 100 bytes and five files of 40.
constexpr Room kRoom = {.files = {.sets = 5, .pt_files = 5},
                        .set_bytes = 100,
                        .pt_bytes = 40,
                        .held_bytes = 0,
                        .free_bytes = 700};

TEST(Room, IsEnoughForAll) {
  EXPECT_EQ(problem_of_one("run", kRoom), std::nullopt);
  EXPECT_EQ(problem_of_all("run", kRoom), std::nullopt);
}

TEST(Room, ThatEndsBeforeTheRunDoesIsSaidAtTheStart) {
  Room room = kRoom;
  room.free_bytes = 699;
  EXPECT_EQ(problem_of_one("run", room), std::nullopt);
  EXPECT_THAT(problem_of_all("run", room).value_or(""),
              HasSubstr("up to 5 sets and 5 .pt files at once, which take 700 bytes, 1 more than"));
}

TEST(Room, WhatTheRunHoldsAlreadyCounts) {
  Room room = kRoom;
  room.held_bytes = 280;
  room.free_bytes = 420;
  EXPECT_EQ(problem_of_all("run", room), std::nullopt);
}

TEST(Room, TooSmallForOneNamesTheWayToMakeSome) {
  Room room = kRoom;
  room.free_bytes = 139;
  const std::string problem = problem_of_one("a/run", room).value_or("");
  EXPECT_THAT(problem, HasSubstr("one takes 140 bytes, 139 are free, 1 are missing"));
  EXPECT_THAT(problem, HasSubstr("ckpt-tool clean --keep N --checkpoint-dir a/run"));
}

TEST(Room, NamesTheWayAsAShellTakesIt) {
  Room room = kRoom;
  room.free_bytes = 0;
  EXPECT_THAT(problem_of_one("my $runs/one", room).value_or(""),
              HasSubstr("--checkpoint-dir \"my \\$runs/one\"'"));
}

TEST(BytesHeldIn, AreThoseOfTheRunsOwnFiles) {
  const TempDirectory directory;
  const auto put = [&](const std::string& name) {
    write_durably(directory / name, std::string(100'000, 'x'), ErrorKind::checkpoint);
  };
  std::filesystem::create_directories(directory / "shards/epoch_0001");
  std::filesystem::create_directories(directory / "text");
  put("notes.bin");
  put("model_epoch_1.pt.backup");
  put("text/train.tokens");
  EXPECT_EQ(bytes_held_in(directory.path()), 0);
  std::int64_t held = 0;
  for (const char* const name : {"shards/epoch_0001/shard_00000_of_00001.h5", "latest.pt",
                                 "model_epoch_1.pt", "training_history.json"}) {
    put(name);
    EXPECT_GT(bytes_held_in(directory.path()), held) << name;
    held = bytes_held_in(directory.path());
  }
  EXPECT_EQ(bytes_held_in(directory / "nowhere"), 0);
}

SaveOrder save_of_elements(const std::filesystem::path& directory, std::int64_t elements) {
  SaveOrder save{.directory = directory};
  save.content.layout = FlatLayout({{"weight", {elements}}});
  return save;
}

TEST(CheckRoom, IsFineOnADiskOfThisMachine) {
  const TempDirectory directory;
  EXPECT_NO_THROW(check_room(save_of_elements(directory.path() / "new", 100), keeping(3), 5));
}

TEST(CheckRoom, FindsOutWhetherEveryNameTakesItsOwnSpace) {
  const SystemCallsRestored restored;
  const TempDirectory directory;
  std::filesystem::create_directory(directory / "shards");
  write_durably(directory / "shards/owner.json", "{}", ErrorKind::checkpoint);
  const auto warning = [&] {  // of a run that no disk holds
    testing::internal::CaptureStderr();
    check_room(order_for(directory.path(), run_at_epoch(1), 1), keeping(0), 1'000'000'000);
    return testing::internal::GetCapturedStderr();
  };
  EXPECT_THAT(warning(), HasSubstr("1000000000 sets and 1000000000 .pt files at once"));
  system_calls().failing["link"] = EPERM;
  EXPECT_THAT(warning(), HasSubstr("1000000000 sets and 1000000005 .pt files at once"));
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(directory.path()), {}), 1);
}

TEST(CheckRoom, RefusesWhatNoDiskHolds) {
  const TempDirectory directory;
  try {
    check_room(save_of_elements(directory.path(), std::int64_t{1} << 50), keeping(3), 5);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::checkpoint);
  }
}

}  // namespace
}  // namespace lockstep::test
