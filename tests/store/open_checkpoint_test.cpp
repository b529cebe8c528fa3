// SPDX-License-Identifier: Apache-2.0
#include "store/open_checkpoint.h"

#include <gtest/gtest.h>

#include <fstream>

#include "base/error.h"
#include "export/samples.h"
#include "store/matchers.h"
#include "store/saved_run.h"
#include "support/message_of.h"
#include "support/temp_directory.h"
#include "support/write_pt_file.h"

namespace lockstep::test {
namespace {

using testing::Not;

TEST(ResumeCandidates, AreTheNewestStepFirstAndOfOneStepTheSet) {
  const TempDirectory directory;
  save_run(directory.path(), run_at_epoch(1), 1);
  save_run(directory.path(), run_at_epoch(2), 2);
  const Candidates found = resume_candidates(CheckpointDirectory(directory.path()));
  EXPECT_THAT(found.problems, IsEmpty());
  ASSERT_GE(found.paths.size(), 3U);
  EXPECT_EQ(found.paths[0], directory / "shards" / "epoch_0002");
  EXPECT_EQ(found.paths[1], directory / "latest.pt");
}

// A stop during the last validation leaves it, and the resume then ends the epoch.
TEST(ResumeCandidates, OfOneStepTheEndOfTheEpochComesBeforeASetWithinIt) {
  const TempDirectory directory;
  SmallRun run = run_at_epoch(1);
  run.content.state.step = 20;
  const auto within = save_within_epoch(directory.path(), run, 1);
  const auto end = save_run(directory.path(), run_at_epoch(2), 1);
  const Candidates found = resume_candidates(CheckpointDirectory(directory.path()));
  EXPECT_THAT(found.paths, ElementsAre(end, directory / "latest.pt", within));
}

TEST(ResumeCandidates, ASetThatMadeRoomInVainIsOneAndOneThatIsReplacedIsNone) {
  const TempDirectory directory;
  const auto set = save_run(directory.path(), run_at_epoch(1), 1);
  const auto hidden = directory / "shards/epoch_0001.replaced-0a1b2c3d";
  fs::rename(set, hidden);
  const CheckpointDirectory run(directory.path());
  EXPECT_THAT(resume_candidates(run).paths, ElementsAre(hidden, directory / "latest.pt"));
  EXPECT_EQ(path_when_brought_back(hidden), set);
  EXPECT_EQ(path_when_brought_back(directory / "latest.pt"), directory / "latest.pt");
  fs::copy(hidden, set);
  EXPECT_THAT(resume_candidates(run).paths, ElementsAre(set, directory / "latest.pt"));
}

TEST(ResumeCandidates, LeavesOutASetWhoseTokenizerIsDamaged) {
  const TempDirectory directory;
  save_run(directory.path(), run_at_epoch(1), 1);
  const auto newest = save_run(directory.path(), run_at_epoch(2), 2);
  std::ofstream(newest / "tokenizer.model") << "another tokenizer";
  const Candidates found = resume_candidates(CheckpointDirectory(directory.path()));
  EXPECT_THAT(found.problems, ElementsAre(HasSubstr("tokenizer.model")));
  EXPECT_EQ(found.paths.front(), directory / "latest.pt");
}

TEST(ResumeCandidates, AFileThatCannotBeLookedAtIsAProblemAndNoObstacle) {
  const TempDirectory directory;
  const auto set = save_run(directory.path(), run_at_epoch(1), 1);
  fs::remove(directory / "latest.pt");
  fs::create_symlink("latest.pt", directory / "latest.pt");
  const Candidates found = resume_candidates(CheckpointDirectory(directory.path()));
  EXPECT_EQ(found.paths.front(), set);
  EXPECT_THAT(found.problems,
              ElementsAre(AllOf(HasSubstr("latest.pt"), HasSubstr("Too many levels"))));
}

TEST(ResumeCandidates, LeavesOutAFileOfAnotherOptimizerWhoseWeightsOpenAllTheSame) {
  const TempDirectory directory;
  PtDict root = root_of_python({2});
  root.set("optimizer", text("none of ours"));
  const std::vector<float> numbers = {1, 2};
  write_pt_file(directory / "latest.pt", {root}, {std::as_bytes(std::span(numbers))});
  const Candidates found = resume_candidates(CheckpointDirectory(directory.path()));
  EXPECT_THAT(found.paths, IsEmpty());
  EXPECT_THAT(found.problems, ElementsAre(HasSubstr("no run can go on from it")));
  const OpenCheckpoint opened = open_checkpoint(directory / "latest.pt");
  EXPECT_EQ(opened.optimizer_problem, found.problems.front());
  EXPECT_TRUE(opened.reader->has(StateArray::parameters));
}

TEST(ResumeCandidates, AreTheMainFileWhereItIsAlone) {
  const TempDirectory directory;
  save_run(directory.path(), run_at_epoch(1), 1);
  fs::remove_all(directory / "shards");
  fs::remove(directory / "latest.pt");
  fs::remove(directory / "model_epoch_1.pt");
  const Candidates found = resume_candidates(CheckpointDirectory(directory.path()));
  EXPECT_THAT(found.paths, ElementsAre(directory / "model.pt"));
}

TEST(OpenCheckpoint, SaysWhatItHoldsWhereverItLiesAndInWhateverForm) {
  const TempDirectory directory;
  const auto set = save_run(directory.path(), run_at_epoch(1), 1);
  EXPECT_EQ(open_checkpoint(set).content, open_checkpoint(set).root);
  EXPECT_EQ(open_checkpoint(directory / "latest.pt").content, open_checkpoint(set).root);
  // Of a file without a root.
  const auto write = [&](const std::string& name, float weight) {
    const std::vector<float> numbers = {1, weight};
    write_pt_file(directory / name, {root_of_python({2})}, {std::as_bytes(std::span(numbers))});
    return open_checkpoint(directory / name).content;
  };
  const std::string content = write("one.pt", 2);
  EXPECT_NE(content, "");
  EXPECT_EQ(write("copy.pt", 2), content);
  EXPECT_NE(write("other.pt", 3), content);
}

TEST(FindCheckpoint, ARunDirectoryIsNoneAndHoldsSome) {
  const TempDirectory directory;
  const auto set = save_run(directory.path(), run_at_epoch(1), 1);
  try {
    find_checkpoint(CheckpointDirectory("nowhere"), directory.path().string());
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::usage);
    EXPECT_THAT(error.what(), HasSubstr("is a run directory"));
    EXPECT_THAT(error.what(), HasSubstr((directory / "shards/latest").string()));
  }
  // A damaged set is still one.
  fs::remove(set / "manifest.json");
  std::ofstream(set / "model.pt") << "not named yet";
  EXPECT_EQ(find_checkpoint(CheckpointDirectory("nowhere"), set.string()), set);
}

// It moves on while a run does.
TEST(FindCheckpoint, ALinkToASetIsFollowedOnce) {
  const TempDirectory directory;
  const auto set = save_run(directory.path(), run_at_epoch(1), 1);
  const fs::path link = directory / "mine";
  fs::create_directory_symlink("shards/latest", link);
  const CheckpointDirectory nowhere("nowhere");
  for (const fs::path& name : {directory / "shards/latest", link, link / ""}) {
    const fs::path found = find_checkpoint(nowhere, name.string());
    EXPECT_EQ(found, set) << name;
  }
  fs::create_symlink("latest.pt", directory / "served.pt");
  EXPECT_EQ(find_checkpoint(nowhere, (directory / "served.pt").string()), directory / "served.pt");
}

TEST(FindCheckpoint, AnyOtherFolderIsNone) {
  const TempDirectory directory;
  save_run(directory.path(), run_at_epoch(1), 1);
  const fs::path sets = directory / "shards";
  EXPECT_EQ(message_of([&] { find_checkpoint(CheckpointDirectory("nowhere"), sets.string()); }),
            "looking for a checkpoint: " + sets.string() +
                " is a folder without a manifest.json, so no set of shards; name one, or a .pt "
                "file");
}

TEST(FindCheckpoint, ANumberBelowZeroIsNoEpoch) {
  const TempDirectory directory;
  EXPECT_THAT(message_of([&] { find_checkpoint(CheckpointDirectory(directory.path()), "-1"); }),
              AllOf(HasSubstr("there is no -1, "), Not(HasSubstr("epoch_"))));
}

TEST(LastingName, IsOneThatTheRunDoesNotMove) {
  const TempDirectory directory;
  const auto set = save_run(directory.path(), run_at_epoch(1), 1);
  const auto file = directory / "model_epoch_1.pt";
  EXPECT_EQ(lasting_name(directory / "shards" / "latest"), set);
  EXPECT_EQ(lasting_name(directory / "shards" / "latest" / ""), set);
  EXPECT_EQ(lasting_name(set), set);
  for (const char* const name : {"latest.pt", "model.pt", "model_epoch_1.pt"})
    EXPECT_EQ(lasting_name(directory / name), file);
  save_run(directory.path(), run_at_epoch(2), 1);
  EXPECT_EQ(lasting_name(directory / "latest.pt"), directory / "model_epoch_2.pt");
  fs::remove(directory / "model_epoch_2.pt");
  EXPECT_EQ(lasting_name(directory / "latest.pt"), directory / "latest.pt");
}

TEST(CheckpointName, IsThatOfTheSetHoweverItsFolderIsNamed) {
  const TempDirectory directory;
  const auto set = save_run(directory.path(), run_at_epoch(1), 1);
  EXPECT_EQ(checkpoint_name(set), "epoch_0001");
  EXPECT_EQ(checkpoint_name(set / ""), "epoch_0001");
  EXPECT_EQ(checkpoint_name(set / "."), "epoch_0001");
  EXPECT_EQ(checkpoint_name(directory / "shards" / "latest"), "epoch_0001");
  EXPECT_EQ(checkpoint_name(directory / "latest.pt"), "latest.pt");
}

TEST(FindCheckpoint, ANameThatIsTooLongIsAnErrorOfCheckpoints) {
  const TempDirectory directory;
  try {
    find_checkpoint(CheckpointDirectory(directory.path()), std::string(300, 'x'));
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::checkpoint);
    EXPECT_THAT(error.what(), HasSubstr("File name too long"));
  }
}

}  // namespace
}  // namespace lockstep::test
