// SPDX-License-Identifier: Apache-2.0
#include "report/clean_report.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "report/samples.h"

namespace lockstep::test {
namespace {

using nlohmann::json;

CleanResult two_files(bool dry_run) {
  return {.removed = {{"model_epoch_1.pt", kBytes}, {"model_epoch_2.pt", kBytes}},
          .keep = 5,
          .freed_bytes = 2 * kBytes,
          .dry_run = dry_run};
}

TEST(CleanReport, NamesEveryFileAndTheTotal) {
  EXPECT_EQ(clean_report(kZh, two_files(false)),
            "🧹 清理检查点 (保留最新 5 个)\n"
            "  🗑️  已删除: model_epoch_1.pt (487.3MB)\n"
            "  🗑️  已删除: model_epoch_2.pt (487.3MB)\n"
            "  ✓ 释放 974.6MB\n");
}

TEST(CleanReport, SpeaksEnglish) {
  EXPECT_EQ(clean_report(kEn, two_files(false)),
            "🧹 Cleaning checkpoints (keeping the newest 5)\n"
            "  🗑️  Removed: model_epoch_1.pt (487.3MB)\n"
            "  🗑️  Removed: model_epoch_2.pt (487.3MB)\n"
            "  ✓ Freed 974.6MB\n");
}

TEST(CleanReport, OnlyPromisesInADryRun) {
  EXPECT_EQ(clean_report(kEn, two_files(true)),
            "🧹 Cleaning checkpoints (keeping the newest 5)\n"
            "  🗑️  Would remove: model_epoch_1.pt (487.3MB)\n"
            "  🗑️  Would remove: model_epoch_2.pt (487.3MB)\n"
            "  ℹ️  Would free 974.6MB (dry run: nothing was removed)\n");
  EXPECT_EQ(clean_report(kZh, two_files(true)),
            "🧹 清理检查点 (保留最新 5 个)\n"
            "  🗑️  将删除: model_epoch_1.pt (487.3MB)\n"
            "  🗑️  将删除: model_epoch_2.pt (487.3MB)\n"
            "  ℹ️  将释放 974.6MB (试运行: 未删除任何文件)\n");
}

TEST(CleanReport, SaysWhichBytesStayBecauseTheyAreShared) {
  CleanResult result = two_files(false);
  result.freed_bytes = kBytes;
  result.shared_bytes = kBytes;
  EXPECT_EQ(clean_report(kEn, result),
            "🧹 Cleaning checkpoints (keeping the newest 5)\n"
            "  🗑️  Removed: model_epoch_1.pt (487.3MB)\n"
            "  🗑️  Removed: model_epoch_2.pt (487.3MB)\n"
            "  ✓ Freed 487.3MB\n"
            "  ℹ️  Another 487.3MB is shared with files that stay, and is not freed\n");
}

TEST(CleanReport, NamesSetsBehindFiles) {
  const CleanResult result = {.removed = {{"model_epoch_1.pt", kBytes}},
                              .removed_sets = {{"epoch_0001", 3 * kBytes}},
                              .keep = 2,
                              .freed_bytes = 4 * kBytes};
  EXPECT_EQ(clean_report(kZh, result),
            "🧹 清理检查点 (保留最新 2 个)\n"
            "  🗑️  已删除: model_epoch_1.pt (487.3MB)\n"
            "  🗑️  已删除: epoch_0001 (1461.9MB)\n"
            "  ✓ 释放 1949.2MB\n");
}

TEST(CleanReport, SaysSoWhenNothingIsToGo) {
  EXPECT_EQ(clean_report(kEn, {.keep = 5}),
            "🧹 Cleaning checkpoints (keeping the newest 5)\n"
            "  ✓ No checkpoint to remove\n");
}

TEST(CleanJson, HoldsTheWholeResult) {
  EXPECT_EQ(json::parse(clean_json(two_files(true))), json::parse(R"({"dry_run": true, "keep": 5,
      "removed": [{"name": "model_epoch_1.pt", "bytes": 510971085},
                  {"name": "model_epoch_2.pt", "bytes": 510971085}],
      "removed_sets": [], "freed_bytes": 1021942170, "shared_bytes": 0})"));
}

TEST(CleanJson, NamesTheSets) {
  const CleanResult result = {.removed_sets = {{"epoch_0001", kBytes}}, .keep = 2};
  EXPECT_EQ(json::parse(clean_json(result))["removed_sets"],
            json::parse(R"([{"name": "epoch_0001", "bytes": 510971085}])"));
}

TEST(CleanJson, OfOneFileStillHasAnArray) {
  CleanResult result = two_files(false);
  result.removed.pop_back();
  const json removed = json::parse(clean_json(result))["removed"];
  EXPECT_TRUE(removed.is_array());
  EXPECT_EQ(removed.size(), 1U);
}

TEST(CleanJson, OfNothingHasAnEmptyArray) {
  EXPECT_EQ(json::parse(clean_json({.keep = 5}))["removed"], json::array());
}

}  // namespace
}  // namespace lockstep::test
