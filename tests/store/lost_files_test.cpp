// SPDX-License-Identifier: Apache-2.0
#include "store/lost_files.h"

#include <gtest/gtest.h>

#include <fstream>

#include "base/file.h"
#include "store/matchers.h"
#include "store/saved_run.h"
#include "support/temp_directory.h"

namespace lockstep::test {
namespace {

// Two epochs, of which the first is the best.
class LostFiles : public testing::Test {
 protected:
  LostFiles() {
    last_.content.state.best_epoch = best_.content.state.best_epoch = 1;
    save_best_run(directory_.path(), best_, 1);
    save_run(directory_.path(), last_, 2);
  }
  const TrainState& state() const { return last_.content.state; }
  fs::path file(const std::string& name) const { return directory_ / name; }
  fs::path set(const std::string& name) const { return directory_ / "shards" / name; }
  // Another file, so that the other names keep theirs.
  static void write_text(const fs::path& path, const std::string& text) {
    fs::remove(path);
    std::ofstream(path, std::ios::binary) << text;
  }
  static std::string text_of(const fs::path& path) {
    return read_file(path, ErrorKind::checkpoint);
  }
  std::vector<std::string> restored(ExportRule rule = ExportRule::every) const {
    std::vector<std::string> said;
    for (const LostFile& lost : lost_files(CheckpointDirectory(directory_.path()), state(), rule))
      said.push_back(lockstep::restored(lost));
    return said;
  }

  const TempDirectory directory_;
  SmallRun best_ = run_at_epoch(1);
  SmallRun last_ = run_at_epoch(2);
};

TEST_F(LostFiles, AreNoneInAWholeDirectory) {
  const auto written = fs::last_write_time(file("training_history.json"));
  EXPECT_THAT(restored(), IsEmpty());
  EXPECT_EQ(fs::last_write_time(file("training_history.json")), written);
}

TEST_F(LostFiles, GetTheirNamesAgainFromAnotherNameOfTheirCheckpoint) {
  fs::remove(file("latest.pt"));
  write_text(file("model_epoch_2.pt"), "");
  EXPECT_THAT(restored(),
              ElementsAre(AllOf(HasSubstr("model_epoch_2.pt is damaged (reading "),
                                HasSubstr("; model.pt is of the same checkpoint")),
                          HasSubstr("latest.pt is not there; model.pt is of the same checkpoint")));
  EXPECT_TRUE(fs::equivalent(file("latest.pt"), file("model.pt")));
  EXPECT_TRUE(fs::equivalent(file("model_epoch_2.pt"), file("model.pt")));
  EXPECT_THAT(restored(), IsEmpty());
}

TEST(LeftBehind, TheCommandCanBePastedWhereNamesHaveSpaces) {
  const TempDirectory temp;
  const fs::path directory = temp / "my runs";
  fs::create_directory(directory);
  write_durably(directory / "best_model.pt", "", ErrorKind::checkpoint);
  EXPECT_THAT(left_behind(CheckpointDirectory(directory), ExportRule::none).value_or(""),
              AllOf(HasSubstr("--checkpoint-dir \"" + directory.string() + "\" consolidate best"),
                    HasSubstr(" -o \"" + (directory / "best_model.pt").string() + "\"")));
}

TEST_F(LostFiles, AreToldWithTheCommandThatMakesThemWhereNoNameIsLeft) {
  fs::resize_file(file("model.pt"), fs::file_size(file("model.pt")) / 2);
  fs::remove(file("latest.pt"));
  const std::string command =
      "ckpt-tool --checkpoint-dir " + directory_.path().string() + " consolidate epoch_0002 -o ";
  EXPECT_THAT(
      restored(),
      ElementsAre(
          AllOf(HasSubstr("model_epoch_2.pt is damaged"), HasSubstr("; remove it, and make"),
                HasSubstr(command + file("model_epoch_2.pt").string())),
          AllOf(HasSubstr("model.pt is damaged"), HasSubstr("; remove it, and make")),
          file("latest.pt").string() + " is not there; make it from its set with " + command +
              file("latest.pt").string()));
  EXPECT_FALSE(fs::exists(file("latest.pt")));
}

TEST_F(LostFiles, TheBestGetsItsNameFromTheFileOfItsEpoch) {
  fs::remove(file("best_model.pt"));
  EXPECT_THAT(
      restored(),
      ElementsAre(HasSubstr("best_model.pt is not there; model_epoch_1.pt is of the same")));
  EXPECT_TRUE(fs::equivalent(file("best_model.pt"), file("model_epoch_1.pt")));
}

TEST_F(LostFiles, TheFileOfAnOlderEpochIsNotMissed) {
  fs::remove(file("model_epoch_1.pt"));
  EXPECT_THAT(restored(), IsEmpty());
}

TEST_F(LostFiles, TheBestIsMadeFromItsSetWhereThatIsAllThereIs) {
  fs::remove(file("best_model.pt"));
  fs::remove(file("model_epoch_1.pt"));
  EXPECT_THAT(restored(), ElementsAre(HasSubstr("consolidate epoch_0001 -o " +
                                                file("best_model.pt").string())));
}

TEST_F(LostFiles, TheBestWhoseSetIsGoneTooIsToldWhereTheRunWritesOne) {
  fs::remove(file("best_model.pt"));
  fs::remove_all(set("epoch_0001"));
  for (const ExportRule rule : {ExportRule::every, ExportRule::best})
    EXPECT_THAT(restored(rule), ElementsAre(HasSubstr(
                                    "best_model.pt is not there, and the set of epoch 1, the best "
                                    "one, is gone; bring a copy of either back")));
  for (const ExportRule rule : {ExportRule::last, ExportRule::none})
    EXPECT_THAT(restored(rule), IsEmpty());
}

TEST_F(LostFiles, TheHistoryIsWrittenAnew) {
  const std::string whole = history_to_json(state().history);
  fs::remove(file("training_history.json"));
  EXPECT_THAT(restored(), ElementsAre(HasSubstr("training_history.json was not there; it has been "
                                                "written anew")));
  EXPECT_EQ(text_of(file("training_history.json")), whole);
  for (const std::string& text : {std::string(), whole.substr(0, 20), std::string("{}")}) {
    write_text(file("training_history.json"), text);
    EXPECT_THAT(restored(), ElementsAre(HasSubstr("training_history.json was damaged")));
    EXPECT_EQ(text_of(file("training_history.json")), whole);
  }
}

// Rank 0 alone looks, so an error would end the whole run.
TEST_F(LostFiles, AHistoryThatCannotBeReadIsNoObstacle) {
  fs::remove(file("training_history.json"));
  fs::create_symlink("training_history.json", file("training_history.json"));
  EXPECT_THAT(restored(),
              ElementsAre(AllOf(HasSubstr("training_history.json was damaged (reading "),
                                HasSubstr("; it has been written anew"))));
  EXPECT_EQ(text_of(file("training_history.json")), history_to_json(state().history));
  fs::remove(file("training_history.json"));
  fs::create_directories(file("training_history.json") / "mine");
  EXPECT_THAT(restored(), ElementsAre(HasSubstr("Is a directory")));
  EXPECT_TRUE(fs::exists(file("training_history.json") / "mine"));
}

// Somebody put it there, or the run went on from an older checkpoint.
TEST_F(LostFiles, WhatIsWholeStaysWhateverItIs) {
  const std::string other = "{\"train_loss\": [1.5], \"val_loss\": [null]}";
  write_text(file("training_history.json"), other);
  fs::remove(file("latest.pt"));
  fs::copy_file(file("model_epoch_1.pt"), file("latest.pt"));
  EXPECT_THAT(restored(), IsEmpty());
  EXPECT_EQ(text_of(file("training_history.json")), other);
  EXPECT_EQ(text_of(file("latest.pt")), text_of(file("model_epoch_1.pt")));
}

TEST_F(LostFiles, AreNoneBesideAFileThatWasBroughtAlone) {
  fs::remove_all(directory_ / "shards");
  for (const char* name : {"best_model.pt", "model.pt", "training_history.json"})
    fs::remove(file(name));
  EXPECT_THAT(restored(), IsEmpty());
  EXPECT_FALSE(fs::exists(file("training_history.json")));
}

TEST_F(LostFiles, WhatTheExportRuleRenewsNoMoreIsTold) {
  const CheckpointDirectory directory(directory_.path());
  EXPECT_EQ(left_behind(directory, ExportRule::every), std::nullopt);
  EXPECT_THAT(left_behind(directory, ExportRule::best).value(),
              AllOf(HasSubstr("with --export best this run leaves latest.pt, model.pt as they are"),
                    HasSubstr("consolidate latest -o " + file("latest.pt").string())));
  EXPECT_THAT(left_behind(directory, ExportRule::none).value(),
              AllOf(HasSubstr("leaves best_model.pt, latest.pt, model.pt as they are"),
                    HasSubstr("consolidate best -o " + file("best_model.pt").string())));
  fs::remove(file("latest.pt"));
  fs::remove(file("model.pt"));
  EXPECT_EQ(left_behind(directory, ExportRule::best), std::nullopt);
  EXPECT_THAT(left_behind(directory, ExportRule::none).value(),
              HasSubstr("leaves best_model.pt as it is"));
}

// The last epoch renews all names but that of the best, which it may not be.
TEST_F(LostFiles, ABestThatTheLastEpochMayNotRenewIsTold) {
  const CheckpointDirectory directory(directory_.path());
  EXPECT_THAT(left_behind(directory, ExportRule::last).value(),
              AllOf(HasSubstr("with --export last this run renews best_model.pt only if"),
                    HasSubstr("consolidate best -o " + file("best_model.pt").string())));
  fs::remove(file("best_model.pt"));
  EXPECT_EQ(left_behind(directory, ExportRule::last), std::nullopt);
}

// As where a crash, or a folder in the way, kept the last save from giving its names.
TEST_F(LostFiles, ASetThatAwaitsItsNamesIsLeftToTheNextSave) {
  fs::rename(file("latest.pt"), set("epoch_0002") / "model.pt");
  EXPECT_THAT(restored(), IsEmpty());
}

}  // namespace
}  // namespace lockstep::test
