// SPDX-License-Identifier: Apache-2.0
#include "report/history_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <nlohmann/json.hpp>

#include "report/display_width.h"
#include "report/history_chart.h"
#include "report/samples.h"

namespace lockstep::test {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

History history_of_the_manual() {
  return {{5.2341, 3.9843, 3.4521}, {4.8934, 3.8012, 3.6721}, {1, 2, 3}};
}

History of_many_epochs(std::int64_t count) {
  History history;
  for (std::int64_t epoch = 1; epoch <= count; ++epoch) {
    history.epochs.push_back(epoch);
    history.train_loss.push_back(2.0 + 8.0 / static_cast<double>(epoch));
    history.val_loss.push_back(2.5 + 8.0 / static_cast<double>(epoch));
  }
  return history;
}

void expect_within_80_by_15(const std::string& chart) {
  const std::vector<std::string> lines = lines_of(chart);
  EXPECT_EQ(lines.size(), 15U);
  for (const std::string& line : lines) EXPECT_LE(display_width(line), 80) << line;
}

TEST(HistoryReport, IsTableStatisticsAndChart) {
  EXPECT_EQ(history_report(kZh, history_of_the_manual(), 0),
            "📈 训练历史\n"
            "================================================================================\n"
            "Epoch   训练损失    验证损失\n"
            "================================================================================\n"
            "    1   5.2341      4.8934\n"
            "    2   3.9843      3.8012\n"
            "    3   3.4521      3.6721      ⭐\n"
            "================================================================================\n"
            "🏆 最佳: Epoch 3, 验证损失 3.6721\n"
            "📊 共 3 轮, 验证损失: 首轮 4.8934, 末轮 3.6721, 最低 3.6721, 总改进 1.2213\n"
            "\n" +
                history_chart(kZh, history_of_the_manual()));
}

TEST(HistoryReport, SpeaksEnglish) {
  EXPECT_THAT(history_report(kEn, history_of_the_manual(), 0),
              HasSubstr("🏆 Best: epoch 3, validation loss 3.6721\n"
                        "📊 3 epochs, validation loss: first 4.8934, last 3.6721, lowest 3.6721, "
                        "improved by 1.2213\n"));
}

TEST(HistoryReport, MarksTheEarlierOfTwoEqualEpochs) {
  const History history = {{3, 2, 1}, {4, 2, 2}, {1, 2, 3}};
  EXPECT_THAT(history_report(kEn, history, 0), HasSubstr("🏆 Best: epoch 2,"));
}

TEST(HistoryReport, MarksTheBestAsTheRunHasIt) {
  const History history = {{3, 2, 1}, {2, 5, 4}, {1, 2, 3}};
  EXPECT_THAT(history_report(kEn, history, 3),
              HasSubstr("🏆 Best: epoch 3, validation loss 4.0000\n"
                        "📊 3 epochs, validation loss: first 2.0000, last 4.0000, lowest 2.0000, "
                        "improved by 0.0000\n"));
  EXPECT_EQ(json::parse(history_json(history, 3))["best_epoch"], 3);
  EXPECT_THAT(history_report(kEn, history, 9), HasSubstr("🏆 Best: epoch 1,"));
  EXPECT_THAT(history_report(kEn, {{1}, {kNan}, {1}}, 1),
              HasSubstr("No validation loss is a number\n"));
}

TEST(HistoryReport, NeverTakesNanForTheBest) {
  const History history = {{3, 2}, {kNan, 2}, {1, 2}};
  EXPECT_THAT(history_report(kEn, history, 0), HasSubstr("🏆 Best: epoch 2,"));
}

TEST(HistoryReport, SaysSoWhenNoLossIsANumber) {
  const History history = {{kNan}, {kNan}, {1}};
  const std::string text = history_report(kEn, history, 0);
  EXPECT_THAT(text, HasSubstr("    1   nan         nan\n"));
  EXPECT_THAT(text, testing::EndsWith("No validation loss is a number\n"));
}

TEST(HistoryReport, SaysSoWhenThereIsNothing) {
  EXPECT_EQ(history_report(kZh, {}, 0), "还没有训练历史\n");
  EXPECT_EQ(history_report(kEn, {}, 0), "No training history yet\n");
}

TEST(HistoryChart, DrawsBothCurves) {
  EXPECT_EQ(history_chart(kEn, history_of_the_manual()),
            "        ○ training loss  ● validation loss  ◉ both\n"
            "5.2341 ┤○\n"
            "       │ ·\n"
            "       │● ·\n"
            "       │ · ·\n"
            "4.5861 ┤  · ·\n"
            "       │   · ·\n"
            "       │    ···\n"
            "       │      ··\n"
            "3.9381 ┤       ·○·\n"
            "       │        ●···\n"
            "       │            ····●\n"
            "3.4521 ┤               ·○\n"
            "       └─────────────────\n"
            "        1               3\n");
}

TEST(HistoryChart, OfOneEpochIsOnePointOfEach) {
  const std::string chart = history_chart(kEn, {{5}, {4}, {1}});
  expect_within_80_by_15(chart);
  EXPECT_THAT(chart, HasSubstr("5.0000 ┤○\n"));
  EXPECT_THAT(chart, HasSubstr("4.0000 ┤●\n"));
}

TEST(HistoryChart, FitsIntoTheScreenWhateverTheNumberOfEpochs) {
  for (const std::int64_t epochs : {2, 10, 66, 67, 1000}) {
    expect_within_80_by_15(history_chart(kZh, of_many_epochs(epochs)));
  }
}

TEST(HistoryChart, NamesTheFirstAndTheLastEpoch) {
  const std::string last_line = lines_of(history_chart(kEn, of_many_epochs(1000))).back();
  EXPECT_THAT(last_line, HasSubstr(" 1  "));
  EXPECT_THAT(last_line, testing::EndsWith(" 1000"));
}

TEST(HistoryChart, LeavesOutWhatIsNoNumber) {
  const std::string chart = history_chart(kEn, {{5, kNan, 3}, {kNan, kNan, 4}, {1, 2, 3}});
  expect_within_80_by_15(chart);
  EXPECT_THAT(chart, HasSubstr("5.0000 ┤○\n"));
  EXPECT_THAT(chart, Not(HasSubstr("·")));
}

TEST(HistoryChart, IsEmptyWithoutAnyNumber) {
  EXPECT_EQ(history_chart(kEn, {}), "");
  EXPECT_EQ(history_chart(kEn, {{kNan}, {kNan}, {1}}), "");
}

TEST(HistoryChart, DrawsEqualLossesInTheMiddle) {
  const std::string chart = history_chart(kEn, {{2, 2}, {2, 2}, {1, 2}});
  EXPECT_THAT(chart, HasSubstr("│◉·······◉\n"));
}

TEST(HistoryChart, StaysOnTheScreenWithHugeLosses) {
  expect_within_80_by_15(history_chart(kEn, {{1e308, 1}, {-1e308, 2}, {1, 2}}));
}

TEST(HistoryJson, HoldsTheHistoryAndTheBest) {
  EXPECT_EQ(json::parse(history_json(history_of_the_manual(), 0)), json::parse(R"({
      "train_loss": [5.2341, 3.9843, 3.4521], "val_loss": [4.8934, 3.8012, 3.6721],
      "epochs": [1, 2, 3], "best_epoch": 3, "best_val_loss": 3.6721})"));
}

TEST(HistoryJson, HasATextForWhatIsNoNumber) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  EXPECT_EQ(json::parse(history_json({{kNan}, {kInfinity}, {1}}, 0)), json::parse(R"({
      "train_loss": ["nan"], "val_loss": ["inf"], "epochs": [1], "best_epoch": null,
      "best_val_loss": null})"));
}

TEST(HistoryJson, OfNothingHasEmptyLists) {
  EXPECT_EQ(json::parse(history_json({}, 0)), json::parse(R"({"train_loss": [], "val_loss": [],
      "epochs": [], "best_epoch": null, "best_val_loss": null})"));
}

}  // namespace
}  // namespace lockstep::test
