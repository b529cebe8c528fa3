// SPDX-License-Identifier: Apache-2.0
#include "app/checkpoint_history.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>

#include "base/error.h"
#include "store/saved_run.h"
#include "support/deep_json.h"
#include "support/message_of.h"
#include "support/temp_directory.h"
#include "support/write_pt_file.h"

namespace lockstep::test {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::string refusal_of(const std::string& json) {
  return message_of([&] { history_from_json(json, "reading h.json"); });
}

TEST(HistoryFromJson, TakesNullForALossThatIsNoNumber) {
  const History history =
      history_from_json(R"({"train_loss": [2, null], "val_loss": [3, 1], "epochs": [4, 5]})", "");
  EXPECT_EQ(history.train_loss[0], 2.0);
  EXPECT_TRUE(std::isnan(history.train_loss[1]));
  EXPECT_THAT(history.epochs, ElementsAre(4, 5));
}

TEST(HistoryFromJson, CountsEpochsThatAreNotNamed) {
  EXPECT_THAT(history_from_json(R"({"train_loss": [2, 1], "val_loss": [3, 1]})", "").epochs,
              ElementsAre(1, 2));
}

TEST(HistoryFromJson, RefusesWhatIsNoHistory) {
  EXPECT_EQ(refusal_of("[1"),
            "reading h.json: it is not JSON with the lists train_loss and val_loss; the file is "
            "damaged");
  EXPECT_THAT(refusal_of("[]"), HasSubstr("reading h.json: "));
  EXPECT_THAT(refusal_of(R"({"train_loss": ["x"], "val_loss": [1]})"), HasSubstr("h.json"));
  EXPECT_THAT(refusal_of(R"({"train_loss": [1, 2], "val_loss": [1]})"),
              HasSubstr("not of one length"));
  for (const char* const epoch : {"1.5", "1e308", "null", "\"1\""})
    EXPECT_EQ(refusal_of(R"({"train_loss": [1], "val_loss": [1], "epochs": [)" +
                         std::string(epoch) + "]}"),
              "reading h.json: its epochs are no whole numbers; the file is damaged");
  EXPECT_EQ(refusal_of("{\"train_loss\": " + deep_list() + "}"),
            "reading h.json: it nests deeper than 100 levels; the file is damaged");
}

class FindHistory : public testing::Test {
 protected:
  FindHistory() { save_run(folder.path(), run_at_epoch(3), 1); }
  History found() const { return find_history(CheckpointDirectory(folder.path())).losses; }
  std::int64_t best() const { return find_history(CheckpointDirectory(folder.path())).best_epoch; }
  const TempDirectory folder;
};

TEST_F(FindHistory, ReadsTheFile) {
  std::ofstream(folder / "training_history.json")
      << R"({"train_loss": [9], "val_loss": [8], "epochs": [7]})";
  EXPECT_THAT(found().epochs, ElementsAre(7));
}

TEST_F(FindHistory, HasTheBestEpochOfTheNewestCheckpoint) {
  EXPECT_EQ(best(), 2);
  fs::remove(folder / "training_history.json");
  EXPECT_EQ(best(), 2);
  fs::remove_all(folder / "shards");
  EXPECT_EQ(best(), 2);
  fs::remove(folder / "latest.pt");
  EXPECT_EQ(best(), 0);
}

TEST_F(FindHistory, TakesTheNewestSetWithoutTheFile) {
  fs::remove(folder / "training_history.json");
  EXPECT_THAT(found().val_loss, ElementsAre(2.5, 1.5, 1.75));
}

TEST_F(FindHistory, TakesTheNewestSetForADamagedFile) {
  std::ofstream(folder / "training_history.json") << "{";
  EXPECT_THAT(found().val_loss, ElementsAre(2.5, 1.5, 1.75));
}

TEST_F(FindHistory, TakesTheLatestFileWithoutSets) {
  fs::remove(folder / "training_history.json");
  fs::remove_all(folder / "shards");
  EXPECT_THAT(found().val_loss, ElementsAre(2.5, 1.5, 1.75));
}

// Once it was read beyond the end of the shorter lists.
TEST_F(FindHistory, IsEmptyWhereTheListsOfAFileOfPythonAreOfUnequalLength) {
  fs::remove_all(folder / "shards");
  fs::remove(folder / "training_history.json");
  PtDict losses;
  losses.set("train_loss", {PtList{{2.0}}});
  losses.set("val_loss", {PtList{{2.0}}});
  losses.set("epochs", {PtList{{std::int64_t{1}}, {std::int64_t{2}}}});
  PtDict root;
  root.set("history", {losses});
  write_pt_file(folder / "latest.pt", {root}, {});
  testing::internal::CaptureStderr();
  EXPECT_EQ(found(), History());
  EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("are not of one length"));
}

TEST(FindHistoryOfNothing, IsEmpty) {
  const TempDirectory empty;
  EXPECT_THAT(find_history(CheckpointDirectory(empty.path())).losses.epochs, IsEmpty());
}

}  // namespace
}  // namespace lockstep::test
