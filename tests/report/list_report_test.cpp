// SPDX-License-Identifier: Apache-2.0
#include "report/list_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <nlohmann/json.hpp>

#include "report/environment.h"
#include "report/samples.h"

namespace lockstep::test {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

CheckpointRow best_file() {
  return {"best_model.pt", 2, 3.8012, kBytes, kModified, CheckpointRow::Mark::best};
}

std::vector<SetRow> two_sets() {
  return {{"epoch_0002", 2, 12504, 4, 3 * kBytes, kModified},
          {"step_00012600", 2, 12600, 8, 3 * kBytes, kModified + 60, true, true}};
}

CheckpointListing sets_alone() {
  return {.sets = two_sets(), .apparent_bytes = 6 * kBytes, .real_bytes = 6 * kBytes};
}

class ListReport : public testing::Test {
 private:
  EnvironmentVariable zone_{"TZ", "CST-8"};
};

TEST_F(ListReport, ShowsSetsBelowFilesAndThenTheDiskUse) {
  CheckpointListing listing = sets_alone();
  listing.files = {best_file()};
  listing.apparent_bytes = 8 * kBytes;
  listing.real_bytes = 7 * kBytes;
  EXPECT_EQ(list_report(kZh, listing),
            "📋 训练检查点\n"
            "================================================================================\n"
            "文件名                   Epoch  验证损失   大小     修改时间\n"
            "================================================================================\n"
            "best_model.pt              2    3.8012    487.3MB  2026-02-28 17:45:23  ⭐\n"
            "================================================================================\n"
            "\n"
            "📦 分片集\n"
            "================================================================================\n"
            "名称               Epoch  步数      分片     大小      修改时间\n"
            "================================================================================\n"
            "epoch_0002           2     12504       4    1461.9MB  2026-02-28 17:45:23\n"
            "step_00012600        2     12600       8    1461.9MB  2026-02-28 17:46:23  ⭐📌\n"
            "================================================================================\n"
            "💽 按文件名合计 3898.4MB, 实际占用磁盘 3411.1MB\n");
}

TEST_F(ListReport, SpeaksEnglish) {
  EXPECT_EQ(list_report(kEn, sets_alone()),
            "📦 Checkpoint sets\n"
            "================================================================================\n"
            "Name               Epoch  Step      Shards  Size      Modified\n"
            "================================================================================\n"
            "epoch_0002           2     12504       4    1461.9MB  2026-02-28 17:45:23\n"
            "step_00012600        2     12600       8    1461.9MB  2026-02-28 17:46:23  ⭐📌\n"
            "================================================================================\n"
            "💽 2923.8MB by their names, 2923.8MB on the disk\n");
}

TEST_F(ListReport, ShowsADamagedSetWithItsProblem) {
  CheckpointListing listing = sets_alone();
  listing.sets[0].problem = "manifest.json is cut short";
  EXPECT_THAT(list_report(kEn, listing),
              HasSubstr("\nepoch_0002         ❌ damaged: manifest.json is cut short\n"
                        "step_00012600        2     12600"));
}

TEST_F(ListReport, ShowsWhatIsNoCheckpointAsSuch) {
  CheckpointListing listing;
  listing.leftovers = {{"epoch_0004.draft-0a1b2c3d", LeftoverRow::Kind::draft},
                       {"epoch_0001.trash-0a1b2c3d", LeftoverRow::Kind::trash},
                       {"epoch_0002.replaced-0a1b2c3d", LeftoverRow::Kind::replaced}};
  const std::string text = list_report(kEn, listing);
  EXPECT_THAT(text, HasSubstr("\nepoch_0004.draft-0a1b2c3d     🚧 a draft, not committed; "));
  EXPECT_THAT(text, HasSubstr("\nepoch_0001.trash-0a1b2c3d     🗑️  being removed; "));
  EXPECT_THAT(text, HasSubstr("\nepoch_0002.replaced-0a1b2c3d  🗑️  replaced by another; "));
  EXPECT_THAT(list_report(kZh, listing),
              HasSubstr("\nepoch_0004.draft-0a1b2c3d     🚧 未提交的草稿, 下次训练启动时清除\n"));
}

TEST_F(ListReport, OfFilesAloneHasNoSetBlock) {
  const CheckpointListing listing = {
      .files = {best_file()}, .apparent_bytes = kBytes, .real_bytes = kBytes};
  EXPECT_THAT(list_report(kZh, listing), Not(HasSubstr("分片集")));
  EXPECT_EQ(list_report(kZh, listing), checkpoint_table(kZh, {best_file()}) +
                                           "💽 按文件名合计 487.3MB, 实际占用磁盘 487.3MB\n");
}

TEST_F(ListReport, SaysSoWhenThereIsNothing) {
  EXPECT_EQ(list_report(kZh, {}), "还没有检查点\n");
  EXPECT_EQ(list_report(kEn, {}), "No checkpoints yet\n");
}

TEST(ListJson, HoldsEveryFieldOfAFile) {
  const json object = json::parse(list_json({.files = {best_file(), {"latest.pt"}}}));
  EXPECT_EQ(object["files"][0], json::parse(R"({"name": "best_model.pt", "epoch": 2,
      "val_loss": 3.8012, "bytes": 510971085, "modified": "2026-02-28T09:45:23Z", "mark": "best",
      "ok": true, "problem": null})"));
  EXPECT_EQ(object["files"][1]["mark"], nullptr);
}

TEST(ListJson, HoldsEveryFieldOfASet) {
  const json object = json::parse(list_json(sets_alone()));
  EXPECT_EQ(object["sets"][0], json::parse(R"({"name": "epoch_0002", "epoch": 2, "step": 12504,
      "shards": 4, "bytes": 1532913255, "modified": "2026-02-28T09:45:23Z", "best": false,
      "latest": false, "ok": true, "problem": null})"));
  EXPECT_EQ(object["sets"][1]["latest"], true);
  EXPECT_EQ(object["apparent_bytes"], 6 * kBytes);
  EXPECT_EQ(object["real_bytes"], 6 * kBytes);
}

TEST(ListJson, NamesDraftsAndTheirKind) {
  const json object = json::parse(
      list_json({.leftovers = {{"epoch_0004.draft-0a1b2c3d", LeftoverRow::Kind::draft}}}));
  EXPECT_EQ(object["drafts"],
            json::parse(R"([{"name": "epoch_0004.draft-0a1b2c3d", "kind": "draft"}])"));
}

TEST(ListJson, NamesTheProblemOfWhatIsDamaged) {
  CheckpointListing listing;
  listing.files.push_back({.name = "latest.pt", .problem = "digest differs"});
  listing.sets.push_back({.name = "epoch_0001", .problem = "no manifest"});
  const json object = json::parse(list_json(listing));
  EXPECT_EQ(object["files"][0]["ok"], false);
  EXPECT_EQ(object["files"][0]["problem"], "digest differs");
  EXPECT_EQ(object["files"][0]["epoch"], nullptr);
  EXPECT_EQ(object["sets"][0]["ok"], false);
  EXPECT_EQ(object["sets"][0]["problem"], "no manifest");
  EXPECT_EQ(object["sets"][0]["step"], nullptr);
}

TEST(ListJson, WritesALossThatIsNoNumberAsText) {
  CheckpointRow row = best_file();
  row.val_loss = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(json::parse(list_json({.files = {row}}))["files"][0]["val_loss"], "nan");
}

TEST(ListJson, SurvivesANameThatIsNotUtf8) {
  EXPECT_EQ(json::parse(list_json({.files = {{"\xFF.pt"}}}))["files"][0]["name"], "\uFFFD.pt");
}

TEST(ListJson, OfNothingHasEmptyArrays) {
  EXPECT_EQ(json::parse(list_json({})), json::parse(R"({"files": [], "sets": [], "drafts": [],
      "apparent_bytes": 0, "real_bytes": 0})"));
}

}  // namespace
}  // namespace lockstep::test
