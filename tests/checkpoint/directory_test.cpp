// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/directory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "base/file.h"
#include "checkpoint/small_run.h"
#include "support/message_of.h"
#include "support/temp_directory.h"

namespace lockstep::test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

std::string target_of(const fs::path& link) { return fs::read_symlink(link).string(); }

TEST(CheckpointDirectory, TheFirstCommitMakesASetAndItsNames) {
  const TempDirectory temp;
  SmallRun run(temp.path());
  run.finish_epoch(4.5);
  EXPECT_EQ(listing(temp.path()),
            "best_model.pt latest.pt model.pt model_epoch_1.pt shards text training_history.json");
  EXPECT_EQ(listing(temp / "shards"), "best epoch_0001 latest");
  EXPECT_EQ(listing(temp / "shards/epoch_0001"), "manifest.json shard_00000_of_00001.h5");
  EXPECT_EQ(target_of(temp / "shards/latest"), "epoch_0001");
  EXPECT_EQ(target_of(temp / "shards/best"), "epoch_0001");
  EXPECT_EQ(text_of(temp / "latest.pt"), "epoch_0001");
}

TEST(CheckpointDirectory, TheBestOfThreeEpochsIsTheOneWithTheLowestLoss) {
  const TempDirectory temp;
  SmallRun run(temp.path());
  run.finish_epoch(4.5);
  run.finish_epoch(3.8);
  run.finish_epoch(4.2);
  EXPECT_EQ(text_of(temp / "best_model.pt"), "epoch_0002");
  EXPECT_EQ(text_of(temp / "latest.pt"), "epoch_0003");
  EXPECT_EQ(text_of(temp / "model.pt"), "epoch_0003");
  EXPECT_EQ(run.directory.linked_set("best"), "epoch_0002");
  EXPECT_EQ(run.directory.linked_set("latest"), "epoch_0003");
}

TEST(CheckpointDirectory, AnEqualLossIsNoImprovement) {
  const TempDirectory temp;
  SmallRun run(temp.path());
  run.finish_epoch(4.0);
  EXPECT_FALSE(run.finish_epoch(4.0).is_best);
  EXPECT_EQ(text_of(temp / "best_model.pt"), "epoch_0001");
}

TEST(CheckpointDirectory, NanIsNeverTheBest) {
  const TempDirectory temp;
  SmallRun run(temp.path());
  EXPECT_FALSE(run.finish_epoch(kNan).is_best);
  EXPECT_FALSE(fs::exists(temp / "best_model.pt"));
  EXPECT_EQ(run.directory.linked_set("best"), std::nullopt);
  const Published published = run.finish_epoch(9.0);
  EXPECT_TRUE(published.is_best);
  EXPECT_EQ(published.improvement, kInfinity);
}

TEST(CheckpointDirectory, EpochsEightToTwelveWithThreeKeptLeaveTheLastThree) {
  const TempDirectory temp;
  SmallRun run(temp.path());
  run.state.epoch = 7;
  for (int i = 0; i < 5; ++i) run.finish_epoch(5.0 - i);
  EXPECT_EQ(listing(temp.path()),
            "best_model.pt latest.pt model.pt model_epoch_10.pt model_epoch_11.pt "
            "model_epoch_12.pt shards text training_history.json");
  EXPECT_EQ(listing(temp / "shards"), "best epoch_0010 epoch_0011 epoch_0012 latest");
}

TEST(CheckpointDirectory, TheBestSetOutlivesRetention) {
  const TempDirectory temp;
  SmallRun run(temp.path());
  for (int i = 0; i < 5; ++i) run.finish_epoch(1.0 + i);
  EXPECT_EQ(listing(temp / "shards"), "best epoch_0001 epoch_0003 epoch_0004 epoch_0005 latest");
}

TEST(CheckpointDirectory, OneKeptEpochStillLeavesTwoSets) {
  const TempDirectory temp;
  SmallRun run(temp.path());
  run.keep_last_n = 1;
  for (int i = 0; i < 4; ++i) run.finish_epoch(5.0 - i);
  EXPECT_EQ(run.directory.epochs(), std::vector<std::int64_t>{4});
  EXPECT_EQ(listing(temp / "shards"), "best epoch_0003 epoch_0004 latest");
}

TEST(CheckpointDirectory, KeepingZeroKeepsAll) {
  const TempDirectory temp;
  SmallRun run(temp.path());
  run.keep_last_n = 0;
  for (int i = 0; i < 4; ++i) run.finish_epoch(5.0 - i);
  EXPECT_EQ(run.directory.epochs(), (std::vector<std::int64_t>{1, 2, 3, 4}));
  EXPECT_EQ(run.directory.sets().size(), 4U);
}

TEST(CheckpointDirectory, WithoutEpochFilesTheOtherNamesStillChange) {
  const TempDirectory temp;
  SmallRun run(temp.path());
  run.save_every_epoch = false;
  run.finish_epoch(2.0);
  run.finish_epoch(3.0);
  run.finish_epoch(3.5);
  EXPECT_EQ(listing(temp.path()),
            "best_model.pt latest.pt model.pt shards text training_history.json");
  EXPECT_EQ(text_of(temp / "best_model.pt"), "epoch_0001");
  EXPECT_EQ(text_of(temp / "latest.pt"), "epoch_0003");
  EXPECT_EQ(listing(temp / "shards"), "best epoch_0001 epoch_0002 epoch_0003 latest");
}

TEST(CheckpointDirectory, WithoutPtFilesTheSetsAreEnough) {
  const TempDirectory temp;
  SmallRun run(temp.path());
  run.has_pt = false;
  const Published published = run.finish_epoch(2.0);
  EXPECT_EQ(listing(temp.path()), "shards text training_history.json");
  EXPECT_TRUE(published.is_best);
  EXPECT_FALSE(published.best_file || published.latest_file || published.epoch_file);
  EXPECT_EQ(run.directory.linked_set("best"), "epoch_0001");
}

TEST(CheckpointDirectory, ASaveWithinAnEpochMovesOnlyTheLatestSet) {
  const TempDirectory temp;
  SmallRun run(temp.path());
  run.finish_epoch(2.0);
  const std::string history = text_of(temp / "training_history.json");
  const Published published = run.stop_within_epoch();
  EXPECT_FALSE(published.ends_an_epoch || published.is_best);
  EXPECT_EQ(run.directory.linked_set("latest"), "step_00000013");
  EXPECT_EQ(run.directory.linked_set("best"), "epoch_0001");
  EXPECT_EQ(text_of(temp / "latest.pt"), "epoch_0001");
  EXPECT_EQ(text_of(temp / "training_history.json"), history);
}

TEST(CheckpointDirectory, OfTheSavesWithinAnEpochTheNewestStay) {
  const TempDirectory temp;
  SmallRun run(temp.path());
  run.finish_epoch(2.0);
  run.stop_within_epoch();
  run.stop_within_epoch();
  EXPECT_EQ(run.stop_within_epoch().removed_sets, std::vector<std::string>{"step_00000013"});
  EXPECT_EQ(listing(temp / "shards"), "best epoch_0001 latest step_00000016 step_00000019");
}

TEST(CheckpointDirectory, TheNamesOfAnEpochShareTheirBytes) {
  const TempDirectory temp;
  SmallRun run(temp.path());
  EXPECT_FALSE(run.finish_epoch(2.0).names_are_copies);
  EXPECT_EQ(fs::hard_link_count(temp / "latest.pt"), 4U);
}

TEST(CheckpointDirectory, SaysWhatItPublished) {
  const TempDirectory temp;
  SmallRun run(temp.path());
  run.keep_last_n = 1;
  run.finish_epoch(4.0);
  run.finish_epoch(3.75);
  const Published published = run.finish_epoch(3.5);
  EXPECT_EQ(published.set, "epoch_0003");
  EXPECT_EQ(published.set_bytes, 1000);
  EXPECT_EQ(published.root, "root of epoch_0003");
  EXPECT_EQ(published.epoch_file->name, "model_epoch_3.pt");
  EXPECT_EQ(published.epoch_file->bytes, 10);
  EXPECT_EQ(published.best_file->name, "best_model.pt");
  EXPECT_EQ(published.removed, std::vector<std::string>{"model_epoch_2.pt"});
  EXPECT_EQ(published.removed_sets, std::vector<std::string>{"epoch_0001"});
  EXPECT_EQ(published.improvement, 0.25);
  EXPECT_EQ(published.best_loss, 3.5);
}

TEST(CheckpointDirectory, ASetOfTheSameNameIsReplaced) {
  const TempDirectory temp;
  SmallRun run(temp.path());
  const Manifest manifest = run.end_of_epoch(4.0);
  run.save(manifest);
  run.content = "second";
  run.save(manifest);
  EXPECT_EQ(text_of(temp / "shards/epoch_0001/shard_00000_of_00001.h5"), "second");
  EXPECT_EQ(text_of(temp / "latest.pt"), "second");
  EXPECT_EQ(listing(temp / "shards"), "best epoch_0001 latest");
}

TEST(CheckpointDirectory, AFileWithTheNameOfASetIsNotReplaced) {
  const TempDirectory temp;
  SmallRun run(temp.path());
  write_text(temp / "shards/epoch_0001", "mine");
  EXPECT_THROW(run.finish_epoch(4.0), Error);
  EXPECT_EQ(text_of(temp / "shards/epoch_0001"), "mine");
}

TEST(CheckpointDirectory, AnAbandonedDraftIsGone) {
  const TempDirectory temp;
  SmallRun run(temp.path());
  const fs::path draft = run.write_draft(run.end_of_epoch(4.0));
  run.directory.abandon(draft);
  run.directory.abandon(draft);
  EXPECT_EQ(listing(temp / "shards"), "");
}

TEST(CheckpointDirectory, AFailedCommitLeavesTheEpochBefore) {
  const TempDirectory temp;
  SmallRun run(temp.path());
  run.finish_epoch(4.0);
  const auto before = tree_of(temp.path());
  EXPECT_THROW(run.directory.commit(temp / "shards/epoch_0002.draft-00000000", "epoch_0002"),
               Error);
  EXPECT_EQ(tree_of(temp.path()), before);
}

TEST(CheckpointDirectory, ListsSetsByStepAndDamagedOnesFirst) {
  const TempDirectory temp;
  SmallRun run(temp.path());
  run.finish_epoch(4.0);
  run.finish_epoch(4.0);
  write_text(temp / "shards/epoch_0001/manifest.json", "{}");
  run.stop_within_epoch();
  run.finish_epoch(4.0);
  fs::create_directory(temp / "shards/epoch_0009");
  const std::vector<CommittedSet> sets = run.directory.sets();
  ASSERT_EQ(sets.size(), 5U);
  EXPECT_EQ(sets[0].name, "epoch_0001");
  EXPECT_FALSE(sets[0].manifest);
  EXPECT_THAT(sets[0].problem, HasSubstr("epoch_0001/manifest.json: it is cut short"));
  EXPECT_THAT(sets[1].problem, HasSubstr("epoch_0009/manifest.json: open: No such file"));
  EXPECT_EQ(sets[2].name, "epoch_0002");
  EXPECT_EQ(sets[3].name, "step_00000023");
  EXPECT_EQ(sets[4].name, "epoch_0003");
  EXPECT_EQ(sets[4].problem, "");
}

TEST(CheckpointDirectory, OfOneStepTheEndOfTheEpochIsTheNewer) {
  const TempDirectory temp;
  SmallRun run(temp.path());
  run.state.step = 7;
  run.stop_within_epoch();
  run.state.step = 0;
  run.finish_epoch(4.0);
  EXPECT_EQ(run.directory.sets().back().name, "epoch_0001");
}

TEST(CheckpointDirectory, ASetUnderAnotherNameIsDamaged) {
  const TempDirectory temp;
  SmallRun run(temp.path());
  run.finish_epoch(4.0);
  fs::copy(temp / "shards/epoch_0001", temp / "shards/epoch_0002");
  EXPECT_THAT(run.directory.sets()[0].problem, HasSubstr("it is the manifest of epoch_0001"));
}

TEST(CheckpointDirectory, ALinkToNothingOrElsewhereIsNoLink) {
  const TempDirectory temp;
  SmallRun run(temp.path());
  fs::create_symlink("epoch_0001", temp / "shards/latest");
  fs::create_symlink(temp.path(), temp / "shards/best");
  EXPECT_EQ(run.directory.linked_set("latest"), std::nullopt);
  EXPECT_EQ(run.directory.linked_set("best"), std::nullopt);
}

TEST(CheckpointDirectory, AnEmptyOrMissingFolderHoldsNoRun) {
  const TempDirectory temp;
  EXPECT_FALSE(CheckpointDirectory(temp.path()).holds_a_run());
  EXPECT_FALSE(CheckpointDirectory(temp / "missing").holds_a_run());
  EXPECT_TRUE(CheckpointDirectory(temp / "missing").sets().empty());
}

TEST(CheckpointDirectory, OneOfOurFilesOrOneSetIsARun) {
  const TempDirectory temp;
  write_text(temp / "model_epoch_4.pt", "x");
  EXPECT_TRUE(CheckpointDirectory(temp.path()).holds_a_run());
  fs::remove(temp / "model_epoch_4.pt");
  fs::create_directories(temp / "shards/step_00000001");
  EXPECT_TRUE(CheckpointDirectory(temp.path()).holds_a_run());
}

TEST(CheckpointDirectory, ADraftIsNoRunButASetThatMadeRoomIs) {
  const TempDirectory temp;
  fs::create_directories(temp / "shards/epoch_0001.draft-00000000");
  EXPECT_FALSE(CheckpointDirectory(temp.path()).holds_a_run());
  fs::create_directories(temp / "shards/epoch_0001.replaced-00000000");
  EXPECT_TRUE(CheckpointDirectory(temp.path()).holds_a_run());
}

TEST(CheckpointDirectory, AFolderThatCannotBeListedIsNoEmptyOne) {
  const TempDirectory temp;
  fs::create_symlink("shards", temp / "shards");
  EXPECT_THAT(message_of([&] { CheckpointDirectory(temp.path()).sets(); }),
              HasSubstr("shards: Too many levels of symbolic links (errno 40)"));
}

TEST(CheckpointDirectory, RemovingARunLeavesThePreparedText) {
  const TempDirectory temp;
  SmallRun run(temp.path());
  write_text(temp / "text/train.tokens", "tokens");
  run.finish_epoch(4.0);
  run.finish_epoch(5.0);
  run.stop_within_epoch();
  write_text(temp / "shards/epoch_0002/manifest.json", "{}");
  fs::create_directory(temp / "shards/epoch_0007.replaced-00000000");
  run.directory.remove_run();
  EXPECT_EQ(listing(temp.path()), "shards text");
  EXPECT_EQ(listing(temp / "shards"), "");
  EXPECT_EQ(listing(temp / "text"), "train.tokens");
  EXPECT_FALSE(run.directory.holds_a_run());
}

}  // namespace
}  // namespace lockstep::test
