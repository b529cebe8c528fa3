// SPDX-License-Identifier: Apache-2.0
#include "report/checkpoint_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "report/display_width.h"
#include "report/environment.h"
#include "report/samples.h"

namespace lockstep::test {
namespace {

using testing::HasSubstr;

CheckpointRow epoch_row() { return {"model_epoch_1.pt", 1, 4.8934, kBytes, kModified}; }

CheckpointRow damaged_row() {
  CheckpointRow row = {"model_epoch_2.pt"};
  row.bytes = kBytes;
  row.modified_seconds = kModified;
  row.problem = "digest differs";
  return row;
}

std::vector<CheckpointRow> rows_of_the_manual() {
  return {epoch_row(),
          {"best_model.pt", 2, 3.8012, kBytes, kModified + 292, CheckpointRow::Mark::best},
          {"latest.pt", 3, 3.6721, kBytes, kModified + 584, CheckpointRow::Mark::latest}};
}

// The cell in which `part` begins.
int cell_of(const std::string& line, const std::string& part) {
  const std::size_t found = line.find(part);
  EXPECT_NE(found, std::string::npos) << part << " in " << line;
  return display_width(line.substr(0, found));
}

class CheckpointTable : public testing::Test {
 private:
  EnvironmentVariable zone_{"TZ", "CST-8"};
};

TEST_F(CheckpointTable, IsTheOneOfTheManual) {
  EXPECT_EQ(checkpoint_table(kZh, rows_of_the_manual()),
            "📋 训练检查点\n"
            "================================================================================\n"
            "文件名                   Epoch  验证损失   大小     修改时间\n"
            "================================================================================\n"
            "model_epoch_1.pt           1    4.8934    487.3MB  2026-02-28 17:45:23\n"
            "best_model.pt              2    3.8012    487.3MB  2026-02-28 17:50:15  ⭐\n"
            "latest.pt                  3    3.6721    487.3MB  2026-02-28 17:55:07  📌\n"
            "================================================================================\n");
}

TEST_F(CheckpointTable, SpeaksEnglish) {
  EXPECT_EQ(checkpoint_table(kEn, rows_of_the_manual()),
            "📋 Checkpoints\n"
            "================================================================================\n"
            "File                     Epoch  Val loss  Size     Modified\n"
            "================================================================================\n"
            "model_epoch_1.pt           1    4.8934    487.3MB  2026-02-28 17:45:23\n"
            "best_model.pt              2    3.8012    487.3MB  2026-02-28 17:50:15  ⭐\n"
            "latest.pt                  3    3.6721    487.3MB  2026-02-28 17:55:07  📌\n"
            "================================================================================\n");
}

TEST_F(CheckpointTable, StandsInColumnsInEveryRow) {
  const std::vector<std::string> lines = lines_of(checkpoint_table(kZh, rows_of_the_manual()));
  for (const std::size_t row : {4, 5, 6}) {
    EXPECT_EQ(cell_of(lines[row], "487.3MB"), 42);
    EXPECT_EQ(cell_of(lines[row], "2026-"), 51);
  }
  EXPECT_EQ(cell_of(lines[5], "⭐"), 72);
  EXPECT_EQ(cell_of(lines[6], "📌"), 72);
  EXPECT_EQ(cell_of(lines[2], "验证损失"), 32);
}

TEST_F(CheckpointTable, LinesUpAroundLongAndChineseNames) {
  std::vector<CheckpointRow> rows = rows_of_the_manual();
  rows[0].name = "另一个很长的检查点文件名.pt";  // 27 cells
  const std::vector<std::string> lines = lines_of(checkpoint_table(kZh, rows));
  EXPECT_EQ(cell_of(lines[2], "验证损失"), 36);
  EXPECT_EQ(cell_of(lines[4], "4.8934"), 36);
  EXPECT_EQ(cell_of(lines[5], "3.8012"), 36);
  EXPECT_EQ(cell_of(lines[6], "3.6721"), 36);
}

TEST_F(CheckpointTable, PutsDigitsUnderDigits) {
  std::vector<CheckpointRow> rows = rows_of_the_manual();
  rows[0].epoch = 1000;
  rows[0].val_loss = 10.8934;
  rows[0].bytes = 10 * kBytes;
  const std::vector<std::string> lines = lines_of(checkpoint_table(kZh, rows));
  EXPECT_THAT(lines[4], HasSubstr("model_epoch_1.pt         1000   10.8934   4873.0MB  2026-"));
  EXPECT_THAT(lines[5], HasSubstr("best_model.pt               2    3.8012    487.3MB  2026-"));
}

TEST_F(CheckpointTable, ShowsADamagedFileAsSuch) {
  const std::vector<CheckpointRow> rows = {epoch_row(), damaged_row()};
  EXPECT_EQ(lines_of(checkpoint_table(kZh, rows))[5],
            "model_epoch_2.pt         ❌ 已损坏: digest differs");
  EXPECT_EQ(lines_of(checkpoint_table(kEn, rows))[5],
            "model_epoch_2.pt         ❌ damaged: digest differs");
}

TEST_F(CheckpointTable, ShowsADashForWhatAFileDoesNotSay) {
  CheckpointRow row = epoch_row();
  row.epoch.reset();
  row.val_loss.reset();
  EXPECT_EQ(lines_of(checkpoint_table(kZh, {row}))[4],
            "model_epoch_1.pt           -    -         487.3MB  2026-02-28 17:45:23");
}

TEST_F(CheckpointTable, SaysSoWhenThereIsNothing) {
  EXPECT_EQ(checkpoint_table(kZh, {}), "还没有检查点\n");
  EXPECT_EQ(checkpoint_table(kEn, {}), "No checkpoints yet\n");
}

}  // namespace
}  // namespace lockstep::test
