// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/directory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "base/file.h"
#include "support/temp_directory.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;
using test::TempDirectory;
using testing::UnorderedElementsAre;

std::vector<std::string> names_in(const fs::path& folder) {
  std::vector<std::string> found;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.is_regular_file()) found.push_back(entry.path().filename().string());
  }
  return found;
}

std::string content_of(const fs::path& file) { return read_file(file, ErrorKind::checkpoint); }

// A directory that publishes epochs with given validation losses, as the trainer does.
class TrainingRun {
 public:
  explicit TrainingRun(const fs::path& path) : directory(path) { directory.open(); }

  Published finish_epoch(double val_loss) {
    const double old_best = state.best_loss;
    ++state.epoch;
    state.val_loss = val_loss;
    if (val_loss < old_best) {
      state.best_loss = val_loss;
      state.best_epoch = state.epoch;
    }
    const PublishPlan plan = plan_publish(state, directory.epochs(), save_every_epoch, keep_last_n);
    return directory.publish(plan, state, old_best, [&](const fs::path& file) {
      write_durably(file, "epoch " + std::to_string(state.epoch), ErrorKind::checkpoint);
    });
  }

  CheckpointDirectory directory;
  TrainState state;
  bool save_every_epoch = true;
  std::int64_t keep_last_n = 3;
};

TEST(CheckpointDirectory, TheBestOfThreeEpochsIsTheOneWithTheLowestLoss) {
  const TempDirectory temp;
  TrainingRun run(temp.path());
  run.finish_epoch(4.5);
  run.finish_epoch(3.8);
  run.finish_epoch(4.2);
  EXPECT_EQ(content_of(temp / "best_model.pt"), "epoch 2");
  EXPECT_EQ(content_of(temp / "latest.pt"), "epoch 3");
  EXPECT_EQ(content_of(temp / "model.pt"), "epoch 3");
}

TEST(CheckpointDirectory, AnEqualLossIsNoImprovement) {
  const TempDirectory temp;
  TrainingRun run(temp.path());
  run.finish_epoch(4.0);
  EXPECT_FALSE(run.finish_epoch(4.0).best_file.has_value());
  EXPECT_EQ(content_of(temp / "best_model.pt"), "epoch 1");
}

TEST(CheckpointDirectory, NanIsNeverTheBest) {
  const TempDirectory temp;
  TrainingRun run(temp.path());
  run.finish_epoch(std::numeric_limits<double>::quiet_NaN());
  EXPECT_FALSE(fs::exists(temp / "best_model.pt"));
  EXPECT_EQ(run.finish_epoch(9.0).improvement, std::numeric_limits<double>::infinity());
}

TEST(CheckpointDirectory, EpochsEightToTwelveWithThreeKeptLeaveTheLastThree) {
  const TempDirectory temp;
  TrainingRun run(temp.path());
  run.state.epoch = 7;
  for (int i = 0; i < 5; ++i) run.finish_epoch(5.0 - i);
  EXPECT_THAT(
      names_in(temp.path()),
      UnorderedElementsAre("model_epoch_10.pt", "model_epoch_11.pt", "model_epoch_12.pt",
                           "best_model.pt", "latest.pt", "model.pt", "training_history.json"));
}

TEST(CheckpointDirectory, ForeignFilesAreNeverTouched) {
  const TempDirectory temp;
  write_durably(temp / "model_epoch_3.pt.backup", "mine", ErrorKind::checkpoint);
  TrainingRun run(temp.path());
  run.keep_last_n = 1;
  for (int i = 0; i < 5; ++i) run.finish_epoch(5.0 - i);
  run.directory.remove_run();
  EXPECT_THAT(names_in(temp.path()), UnorderedElementsAre("model_epoch_3.pt.backup"));
}

TEST(CheckpointDirectory, WithoutEpochFilesTheOtherNamesStillChange) {
  const TempDirectory temp;
  TrainingRun run(temp.path());
  run.save_every_epoch = false;
  run.finish_epoch(2.0);
  run.finish_epoch(3.0);
  EXPECT_THAT(names_in(temp.path()), UnorderedElementsAre("best_model.pt", "latest.pt", "model.pt",
                                                          "training_history.json"));
  EXPECT_EQ(content_of(temp / "best_model.pt"), "epoch 1");
  EXPECT_EQ(content_of(temp / "latest.pt"), "epoch 2");
}

TEST(CheckpointDirectory, TheNamesOfAnEpochShareTheirBytes) {
  const TempDirectory temp;
  TrainingRun run(temp.path());
  run.finish_epoch(2.0);
  EXPECT_EQ(fs::hard_link_count(temp / "latest.pt"), 4U);
}

TEST(CheckpointDirectory, SaysWhatItPublished) {
  const TempDirectory temp;
  TrainingRun run(temp.path());
  run.keep_last_n = 1;
  run.finish_epoch(4.0);
  const Published published = run.finish_epoch(3.5);
  EXPECT_EQ(published.epoch_file->name, "model_epoch_2.pt");
  EXPECT_EQ(published.epoch_file->bytes, 7);
  EXPECT_EQ(published.removed, std::vector<std::string>{"model_epoch_1.pt"});
  EXPECT_EQ(published.improvement, 0.5);
  EXPECT_EQ(published.best_loss, 3.5);
}

TEST(CheckpointDirectory, AFailedWriteLeavesTheEpochBefore) {
  const TempDirectory temp;
  TrainingRun run(temp.path());
  run.finish_epoch(4.0);
  run.state.epoch = 2;
  EXPECT_THROW(run.directory.publish(
                   {.epoch_file = true, .best = true, .remove = {1}}, run.state, 4.0,
                   [](const fs::path&) { throw Error(ErrorKind::checkpoint, "disk full"); }),
               Error);
  EXPECT_EQ(content_of(temp / "latest.pt"), "epoch 1");
  EXPECT_EQ(content_of(temp / "best_model.pt"), "epoch 1");
  EXPECT_TRUE(fs::exists(temp / "model_epoch_1.pt"));
}

TEST(CheckpointDirectory, AnEmptyOrMissingFolderHoldsNoRun) {
  const TempDirectory temp;
  EXPECT_FALSE(CheckpointDirectory(temp.path()).holds_a_run());
  EXPECT_FALSE(CheckpointDirectory(temp / "missing").holds_a_run());
}

TEST(CheckpointDirectory, OneOfOurFilesIsARun) {
  const TempDirectory temp;
  write_durably(temp / "model_epoch_4.pt", "x", ErrorKind::checkpoint);
  EXPECT_TRUE(CheckpointDirectory(temp.path()).holds_a_run());
}

TEST(CheckpointDirectory, OpeningSweepsTheDraftsOfACrash) {
  const TempDirectory temp;
  // What a kill in the middle of a write leaves behind.
  {
    auto* const lost = new DraftFile(temp / "latest.pt", ErrorKind::checkpoint);
    lost->write("half");
    for (const std::string& name : names_in(temp.path()))
      fs::copy_file(temp / name, temp / (name + ".kept"));
    delete lost;
  }
  for (const std::string& name : names_in(temp.path()))
    fs::rename(temp / name, temp / name.substr(0, name.size() - 5));
  ASSERT_EQ(names_in(temp.path()).size(), 1U);
  CheckpointDirectory(temp.path()).open();
  EXPECT_TRUE(names_in(temp.path()).empty());
}

}  // namespace
}  // namespace lockstep
