// SPDX-License-Identifier: Apache-2.0
#include "report/epoch_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "report/samples.h"

namespace lockstep::test {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr EpochResult kResult = {
    .epoch = 1, .epochs = 3, .seconds = 264.1, .train_loss = 5.2341, .val_loss = 4.8934};

Published first_epoch() {
  Published published;
  published.epoch_file = PublishedFile{"model_epoch_1.pt", kBytes};
  published.set = "epoch_0001";
  published.set_bytes = kBytes;
  published.root = "71f1162b";
  published.is_best = true;
  published.best_file = PublishedFile{"best_model.pt", kBytes};
  published.improvement = std::numeric_limits<double>::infinity();
  published.best_loss = 4.8934;
  published.latest_file = PublishedFile{"latest.pt", kBytes};
  published.main_file = PublishedFile{"model.pt", kBytes};
  return published;
}

Published fourth_epoch_without_improvement() {
  Published published = first_epoch();
  published.epoch_file = PublishedFile{"model_epoch_4.pt", kBytes};
  published.set = "epoch_0004";
  published.removed = {"model_epoch_1.pt"};
  published.removed_sets = {"epoch_0001"};
  published.is_best = false;
  published.best_file.reset();
  published.best_loss = 3.8012;
  return published;
}

TEST(EpochReport, IsTheOneOfTheManual) {
  EXPECT_EQ(epoch_report(kZh, kResult),
            "================================================\n"
            "📊 Epoch 1/3 结果\n"
            "================================================\n"
            "  ⏱️  用时: 264.1s (4.4min)\n"
            "  📉 训练损失: 5.2341\n"
            "  📊 验证损失: 4.8934\n");
}

TEST(EpochReport, SpeaksEnglish) {
  EXPECT_EQ(epoch_report(kEn, kResult),
            "================================================\n"
            "📊 Epoch 1/3 results\n"
            "================================================\n"
            "  ⏱️  Time: 264.1s (4.4min)\n"
            "  📉 Training loss: 5.2341\n"
            "  📊 Validation loss: 4.8934\n");
}

TEST(EpochReport, NamesALossThatIsNoNumber) {
  EpochResult result = kResult;
  result.val_loss = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THAT(epoch_report(kZh, result), HasSubstr("  📊 验证损失: nan\n"));
}

TEST(PublishedReport, OfTheFirstEpochIsTheOneOfTheManual) {
  EXPECT_EQ(published_report(kZh, first_epoch()),
            "\n"
            "💾 保存检查点...\n"
            "  ✓ Epoch检查点: model_epoch_1.pt (487.3MB)\n"
            "  🏆 最佳模型: best_model.pt (487.3MB) [改进: inf]\n"
            "  📌 最新模型: latest.pt (487.3MB) [用于恢复训练]\n"
            "  📍 主检查点: model.pt (487.3MB)\n"
            "  ✓ 分片检查点: shards/epoch_0001 (487.3MB)\n"
            "  🔒 校验根: 71f1162b\n"
            "================================================\n");
}

TEST(PublishedReport, WithinAnEpochHasNoFilesForOthers) {
  Published published;
  published.ends_an_epoch = false;
  published.set = "step_00000120";
  published.set_bytes = kBytes;
  published.root = "71f1162b";
  EXPECT_EQ(published_report(kEn, published),
            "\n"
            "💾 Saving checkpoint...\n"
            "  ✓ Checkpoint within the epoch: shards/step_00000120 (487.3MB)\n"
            "  🔒 Root: 71f1162b\n"
            "================================================\n");
}

TEST(PublishedReport, OfTheBestEpochWithoutAPtFileSaysSo) {
  Published published = first_epoch();
  published.epoch_file.reset();
  published.best_file.reset();
  published.latest_file.reset();
  published.main_file.reset();
  EXPECT_EQ(published_report(kEn, published),
            "\n"
            "💾 Saving checkpoint...\n"
            "  🏆 New best epoch [improvement: inf]\n"
            "  ✓ Shards: shards/epoch_0001 (487.3MB)\n"
            "  🔒 Root: 71f1162b\n"
            "================================================\n");
}

TEST(PublishedReport, WithoutImprovementIsTheOneOfTheManual) {
  EXPECT_EQ(published_report(kZh, fourth_epoch_without_improvement()),
            "\n"
            "💾 保存检查点...\n"
            "  ✓ Epoch检查点: model_epoch_4.pt (487.3MB)\n"
            "  🗑️  删除旧检查点: model_epoch_1.pt\n"
            "  ℹ️  验证损失未改进 (最佳: 3.8012)\n"
            "  📌 最新模型: latest.pt (487.3MB) [用于恢复训练]\n"
            "  📍 主检查点: model.pt (487.3MB)\n"
            "  ✓ 分片检查点: shards/epoch_0004 (487.3MB)\n"
            "  🗑️  删除旧分片: epoch_0001\n"
            "  🔒 校验根: 71f1162b\n"
            "================================================\n");
}

TEST(PublishedReport, SpeaksEnglish) {
  EXPECT_EQ(published_report(kEn, fourth_epoch_without_improvement()),
            "\n"
            "💾 Saving checkpoint...\n"
            "  ✓ Epoch checkpoint: model_epoch_4.pt (487.3MB)\n"
            "  🗑️  Removed old checkpoint: model_epoch_1.pt\n"
            "  ℹ️  Validation loss did not improve (best: 3.8012)\n"
            "  📌 Latest model: latest.pt (487.3MB) [to resume from]\n"
            "  📍 Main checkpoint: model.pt (487.3MB)\n"
            "  ✓ Shards: shards/epoch_0004 (487.3MB)\n"
            "  🗑️  Removed old shards: epoch_0001\n"
            "  🔒 Root: 71f1162b\n"
            "================================================\n");
}

TEST(PublishedReport, SaysByHowMuchTheLossImproved) {
  Published published = first_epoch();
  published.improvement = 1.0922;
  EXPECT_THAT(published_report(kZh, published), HasSubstr("(487.3MB) [改进: 1.0922]\n"));
  EXPECT_THAT(published_report(kEn, published), HasSubstr("(487.3MB) [improvement: 1.0922]\n"));
}

TEST(PublishedReport, HasALineForEveryFileThatWentAway) {
  Published published = first_epoch();
  published.removed = {"model_epoch_1.pt", "model_epoch_2.pt"};
  EXPECT_THAT(published_report(kZh, published),
              HasSubstr("  🗑️  删除旧检查点: model_epoch_1.pt\n"
                        "  🗑️  删除旧检查点: model_epoch_2.pt\n"));
}

TEST(PublishedReport, LeavesOutAnEpochFileThatWasNotSaved) {
  Published published = first_epoch();
  published.epoch_file.reset();
  EXPECT_THAT(published_report(kZh, published), Not(HasSubstr("model_epoch")));
}

TEST(PublishedReport, WarnsWhenNamesAreCopies) {
  Published published = first_epoch();
  EXPECT_THAT(published_report(kEn, published), Not(HasSubstr("hard links")));
  published.names_are_copies = true;
  EXPECT_THAT(published_report(kEn, published),
              HasSubstr("  ⚠️  This file system has no hard links: every file takes its own "
                        "space\n================"));
}

}  // namespace
}  // namespace lockstep::test
