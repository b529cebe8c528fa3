// SPDX-License-Identifier: Apache-2.0
// What a start makes of a directory that a crash, or somebody else, has left.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "base/file.h"
#include "checkpoint/names.h"
#include "checkpoint/owner.h"
#include "checkpoint/small_run.h"
#include "support/temp_directory.h"

namespace lockstep::test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

// As a crash leaves a set before the end of its publication.
void cut_short(const TempDirectory& temp, const std::string& set) {
  write_text(temp / ("shards/" + set + "/" + names::kUnpublished), "");
}

// Two epochs saved, and the third committed: what a crash right after the rename leaves.
Manifest commit_third_epoch(SmallRun& run) {
  run.keep_last_n = 2;
  run.finish_epoch(4.0);
  run.finish_epoch(5.0);
  Manifest third = run.end_of_epoch(3.0);
  run.directory.commit(run.write_draft(third), third.set);
  return third;
}

void expect_three_epochs(const TempDirectory& temp) {
  EXPECT_EQ(listing(temp.path()),
            "best_model.pt latest.pt model.pt model_epoch_2.pt model_epoch_3.pt shards text "
            "training_history.json");
  EXPECT_EQ(listing(temp / "shards"), "best epoch_0002 epoch_0003 latest");
  EXPECT_EQ(text_of(temp / "latest.pt"), "epoch_0003");
  EXPECT_EQ(text_of(temp / "best_model.pt"), "epoch_0003");
  EXPECT_EQ(fs::read_symlink(temp / "shards/latest"), "epoch_0003");
  EXPECT_EQ(fs::read_symlink(temp / "shards/best"), "epoch_0003");
  EXPECT_EQ(listing(temp / "shards/epoch_0003"), "manifest.json shard_00000_of_00001.h5");
  EXPECT_THAT(text_of(temp / "training_history.json"), HasSubstr("\"epochs\":[1,2,3]"));
}

TEST(OpenDirectory, FinishesACommitOfWhichNothingFollowed) {
  const TempDirectory temp;
  SmallRun run(temp.path());
  commit_third_epoch(run);
  EXPECT_THAT(opened_again(run.directory),
              HasSubstr("finished the commit of epoch_0003, which a crash had cut short"));
  expect_three_epochs(temp);
}

TEST(OpenDirectory, FinishesWhenSomeNamesAreGiven) {
  const TempDirectory temp;
  SmallRun run(temp.path());
  commit_third_epoch(run);
  link_durably(temp / "shards/epoch_0003/model.pt", temp / "model_epoch_3.pt",
               ErrorKind::checkpoint);
  EXPECT_THAT(opened_again(run.directory), HasSubstr("finished"));
  expect_three_epochs(temp);
}

TEST(OpenDirectory, FinishesWhenTheLinksAreNotMoved) {
  const TempDirectory temp;
  SmallRun run(temp.path());
  const Manifest third = commit_third_epoch(run);
  for (const std::string& name : third.publish.pt_names)
    link_durably(temp / "shards/epoch_0003/model.pt", temp / name, ErrorKind::checkpoint);
  write_text(temp / "training_history.json", history_to_json(third.state.history));
  EXPECT_THAT(opened_again(run.directory), HasSubstr("finished"));
  expect_three_epochs(temp);
}

TEST(OpenDirectory, FinishesWhenOnlyTheBestIsNotMoved) {
  const TempDirectory temp;
  SmallRun run(temp.path());
  const Manifest third = commit_third_epoch(run);
  run.directory.publish(third, 4.0);
  fs::remove(temp / "shards/best");
  fs::create_symlink("epoch_0002", temp / "shards/best");
  cut_short(temp, "epoch_0003");
  EXPECT_THAT(opened_again(run.directory), HasSubstr("finished"));
  expect_three_epochs(temp);
}

TEST(OpenDirectory, FinishesWhenOnlyRetentionIsNotDone) {
  const TempDirectory temp;
  SmallRun run(temp.path());
  run.keep_last_n = 2;
  run.finish_epoch(4.0);
  fs::copy(temp / "shards/epoch_0001", temp / "kept", fs::copy_options::recursive);
  run.finish_epoch(5.0);
  run.finish_epoch(3.0);
  fs::rename(temp / "kept", temp / "shards/epoch_0001");
  write_text(temp / "model_epoch_1.pt", "epoch_0001");
  cut_short(temp, "epoch_0003");
  EXPECT_THAT(opened_again(run.directory), HasSubstr("finished"));
  expect_three_epochs(temp);
}

TEST(OpenDirectory, RemovesNothingThatSomebodyPutBack) {
  const TempDirectory temp;
  SmallRun run(temp.path());
  run.keep_last_n = 1;
  run.finish_epoch(4.0);
  run.finish_epoch(3.0);
  write_text(temp / "model_epoch_1.pt", "epoch_0001");
  const auto before = tree_of(temp.path());
  EXPECT_EQ(opened_again(run.directory), "");
  EXPECT_EQ(tree_of(temp.path()), before);
}

TEST(OpenDirectory, DoesNotForgetAPublishedSetThatIsGone) {
  const TempDirectory temp;
  SmallRun run(temp.path());
  run.finish_epoch(4.0);
  run.finish_epoch(3.0);
  fs::remove_all(temp / "shards/epoch_0002");
  const auto before = tree_of(temp.path());
  EXPECT_EQ(opened_again(run.directory), "");
  EXPECT_EQ(tree_of(temp.path()), before);
}

TEST(OpenDirectory, LooksForAReplacedSetWithoutTouchingWhatAnotherWrites) {
  const TempDirectory temp;
  SmallRun run(temp.path());
  run.finish_epoch(4.0);
  fs::rename(temp / "shards/epoch_0001", temp / "shards/epoch_0001.replaced-0a1b2c3d");
  fs::create_directory(temp / "shards/epoch_0001.replaced-1a1b2c3d");
  run.write_draft(run.end_of_epoch(3.0));
  EXPECT_EQ(run.directory.replaced_in_vain(),
            std::vector<std::string>{"epoch_0001.replaced-0a1b2c3d"});
  run.directory.bring_back_replaced();
  EXPECT_EQ(run.directory.replaced_in_vain(), std::vector<std::string>());
  EXPECT_EQ(listing(temp / "shards"),
            "best epoch_0001 epoch_0001.replaced-1a1b2c3d epoch_0002.draft-0a1b2c3d latest");
  EXPECT_EQ(text_of(temp / "shards/epoch_0002.draft-0a1b2c3d/model.pt"), "epoch_0002");
}

TEST(OpenDirectory, FinishesASetWithoutPtFile) {
  const TempDirectory temp;
  SmallRun run(temp.path());
  run.finish_epoch(4.0);
  const Manifest step = run.within_epoch();
  run.directory.commit(run.write_draft(step), step.set);
  EXPECT_THAT(opened_again(run.directory), HasSubstr("finished the commit of step_00000013"));
  EXPECT_EQ(run.directory.linked_set("latest"), "step_00000013");
  EXPECT_EQ(run.directory.linked_set("best"), "epoch_0001");
}

TEST(OpenDirectory, FindsNothingToDoInAWholeRun) {
  const TempDirectory temp;
  SmallRun run(temp.path());
  for (int i = 0; i < 5; ++i) run.finish_epoch(4.0 + i);
  run.stop_within_epoch();
  const auto before = tree_of(temp.path());
  const auto written = fs::last_write_time(temp / "training_history.json");
  EXPECT_EQ(opened_again(run.directory), "");
  EXPECT_EQ(tree_of(temp.path()), before);
  EXPECT_EQ(fs::last_write_time(temp / "training_history.json"), written);
}

TEST(OpenDirectory, AnEpochWhosePublicationFailedGetsItsNamesWithTheNextSave) {
  const TempDirectory temp;
  SmallRun run(temp.path());
  commit_third_epoch(run);
  run.stop_within_epoch();
  EXPECT_EQ(text_of(temp / "latest.pt"), "epoch_0003");
  EXPECT_EQ(text_of(temp / "best_model.pt"), "epoch_0003");
  EXPECT_EQ(run.directory.linked_set("best"), "epoch_0003");
  EXPECT_EQ(run.directory.linked_set("latest"), "step_00000033");
  EXPECT_EQ(run.directory.epochs(), (std::vector<std::int64_t>{2, 3}));
}

TEST(OpenDirectory, AMissingFolderIsMadeWithItsParents) {
  const TempDirectory temp;
  CheckpointDirectory directory(temp / "a/b");
  EXPECT_EQ(opened_again(directory), "");
  EXPECT_EQ(listing(temp / "a/b"), "shards text");
}

TEST(OpenDirectory, SweepsDraftsAndTrash) {
  const TempDirectory temp;
  SmallRun run(temp.path());
  run.finish_epoch(4.0);
  const auto before = tree_of(temp.path());
  run.write_draft(run.end_of_epoch(3.0));
  fs::create_directory(temp / "shards/step_00000003.trash-0a1b2c3d");
  write_text(temp / "shards/step_00000003.trash-0a1b2c3d/model.h5", "x");
  fs::create_symlink("epoch_0001", temp / "shards/latest.draft-0a1b2c3d");
  write_text(temp / "shards/owner.json.draft-0a1b2c3d", "{");
  write_text(temp / "latest.pt.draft-0a1b2c3d", "x");
  write_text(temp / "text/train.tokens.draft-0a1b2c3d", "x");
  EXPECT_EQ(opened_again(run.directory), "");
  EXPECT_EQ(tree_of(temp.path()), before);
}

// Another start, which is about to take the directory. Here it is this process.
TEST(OpenDirectory, LeavesTheMarkThatALivingProcessIsWriting) {
  const TempDirectory temp;
  SmallRun run(temp.path());
  const fs::path draft = temp / "shards/owner.json.draft-0a1b2c3d";
  { const DirectoryOwner other(temp.path(), "of another start"); }
  fs::rename(temp / "shards/owner.json", draft);
  run.directory.open();
  EXPECT_TRUE(fs::exists(draft));
}

TEST(OpenDirectory, ASetThatMadeRoomComesBackIfItsReplacementDidNotCome) {
  const TempDirectory temp;
  SmallRun run(temp.path());
  run.finish_epoch(4.0);
  const auto before = tree_of(temp.path());
  fs::rename(temp / "shards/epoch_0001", temp / "shards/epoch_0001.replaced-0a1b2c3d");
  opened_again(run.directory);
  EXPECT_EQ(tree_of(temp.path()), before);
}

TEST(OpenDirectory, ASetThatMadeRoomIsRemovedIfItsReplacementCame) {
  const TempDirectory temp;
  SmallRun run(temp.path());
  run.finish_epoch(4.0);
  const auto before = tree_of(temp.path());
  fs::create_directory(temp / "shards/epoch_0001.replaced-0a1b2c3d");
  opened_again(run.directory);
  EXPECT_EQ(tree_of(temp.path()), before);
}

TEST(OpenDirectory, DoesNotForgetAPublishedSetThatIsDamaged) {
  const TempDirectory temp;
  SmallRun run(temp.path());
  run.finish_epoch(4.0);
  run.finish_epoch(3.0);
  write_text(temp / "shards/epoch_0002/manifest.json", "{");
  const auto before = tree_of(temp.path());
  EXPECT_EQ(opened_again(run.directory), "");
  EXPECT_EQ(tree_of(temp.path()), before);
}

TEST(OpenDirectory, WhatIsNotExactlyOursIsNeverTouched) {
  const TempDirectory temp;
  const TempDirectory elsewhere;
  write_text(elsewhere / "precious", "precious");
  fs::create_directories(temp / "shards");
  for (const char* name :
       {"epoch_3", "epoch_0003.backup", "epoch_0003.draft-xyz", "epoch_0003.draft-0A1B2C3D",
        "epoch_3.trash-0a1b2c3d", "my_epoch_0001", "step_5", "step_00000001.old-0a1b2c3d"})
    fs::create_directory(temp / ("shards/" + std::string(name)));
  for (const char* name : {"epoch_0008", "epoch_0009.draft-0a1b2c3d", "notes.draft-0a1b2c3d"})
    write_text(temp / ("shards/" + std::string(name)), "mine");
  fs::create_directory_symlink(elsewhere.path(), temp / "shards/epoch_0001");
  fs::create_directory_symlink(elsewhere.path(), temp / "shards/epoch_0002.trash-0a1b2c3d");
  fs::create_directory(temp / "plan.draft-0a1b2c3d");
  fs::create_directory(temp / "shards/owner.json.draft-0a1b2c3d");
  write_text(temp / "model_epoch_3.pt.backup", "mine");
  const auto foreign = tree_of(temp.path());

  SmallRun run(temp.path());
  run.keep_last_n = 1;
  run.state.epoch = 20;
  for (int i = 0; i < 5; ++i) run.finish_epoch(5.0 - i);
  run.directory.open();
  run.directory.remove_run();
  auto after = tree_of(temp.path());
  after.erase("text");
  EXPECT_EQ(after, foreign);
  EXPECT_EQ(text_of(elsewhere / "precious"), "precious");
}

TEST(OpenDirectory, AFolderInPlaceOfALinkIsNamedAndStays) {
  const TempDirectory temp;
  SmallRun run(temp.path());
  run.finish_epoch(4.0);
  fs::remove(temp / "shards/latest");
  fs::create_directory(temp / "shards/latest");
  write_text(temp / "shards/latest/copy", "mine");
  run.finish_epoch(3.0);
  EXPECT_THAT(opened_again(run.directory), HasSubstr("shards/latest is no symbolic link"));
  EXPECT_EQ(text_of(temp / "shards/latest/copy"), "mine");
  EXPECT_EQ(run.directory.linked_set("best"), "epoch_0002");
}

}  // namespace
}  // namespace lockstep::test
