// SPDX-License-Identifier: Apache-2.0
#include "report/plan_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "report/samples.h"

namespace lockstep::test {
namespace {

using testing::HasSubstr;
using testing::Not;

RunPlan small_plan() {
  return {.config_json = "{\"preset\": \"standard\"}\n",
          .model_name = "gpt2-small",
          .parameters = 124'046'592,
          .train_tokens = 12'804'096,
          .validation_tokens = 3'201'024,
          .train_windows = 25'008,
          .steps_per_epoch = 6252,
          .total_steps = 18'756,
          .lanes = 4,
          .ranks = 4,
          .checkpoint_bytes = 510'971'085,
          .memory_bytes_per_rank = 2'147'483'648,
          .free_disk_bytes = 107'374'182'400};
}

TEST(PlanReport, LinesUpInEnglish) {
  EXPECT_EQ(plan_report(kEn, small_plan()),
            "⚙️  Configuration\n"
            "================================================================================\n"
            "{\"preset\": \"standard\"}\n"
            "================================================================================\n"
            "📋 Training plan\n"
            "================================================================================\n"
            "  Model              gpt2-small\n"
            "  Parameters         124,046,592\n"
            "  Training tokens    12,804,096\n"
            "  Validation tokens  3,201,024\n"
            "  Training windows   25,008\n"
            "  Steps per epoch    6,252\n"
            "  Total steps        18,756\n"
            "  Ranks              4\n"
            "  Lanes              4\n"
            "  Each checkpoint    487.3MB\n"
            "  Memory per rank    2048.0MB\n"
            "  Free disk          102400.0MB\n"
            "================================================================================\n"
            "Dry run: nothing was written\n");
}

TEST(PlanReport, TellsOfTheMemoryOfAGpuWhereThereIsOne) {
  EXPECT_THAT(plan_report(kEn, small_plan()), Not(HasSubstr("GPU")));
  RunPlan plan = small_plan();
  plan.gpu_bytes_per_rank = 1'073'741'824;
  EXPECT_THAT(plan_report(kEn, plan), HasSubstr("  GPU memory per rank  1024.0MB\n"));
}

TEST(PlanReport, LinesUpInChinese) {
  EXPECT_THAT(plan_report(kZh, small_plan()), HasSubstr("  模型        gpt2-small\n"
                                                        "  参数量      124,046,592\n"
                                                        "  训练词元    12,804,096\n"
                                                        "  验证词元    3,201,024\n"
                                                        "  训练窗口    25,008\n"
                                                        "  每轮步数    6,252\n"
                                                        "  总步数      18,756\n"
                                                        "  进程数      4\n"
                                                        "  通道数      4\n"
                                                        "  每个检查点  487.3MB\n"
                                                        "  每进程内存  2048.0MB\n"
                                                        "  可用磁盘    102400.0MB\n"));
}

TEST(PlanReport, MarksWhatIsEstimated) {
  RunPlan plan = small_plan();
  plan.tokens_are_estimated = true;
  const std::string report = plan_report(kEn, plan);
  EXPECT_THAT(report, HasSubstr("  Training tokens    about 12,804,096\n"));
  EXPECT_THAT(report, HasSubstr("  Steps per epoch    about 6,252\n"));
  EXPECT_THAT(report, HasSubstr("  Parameters         124,046,592\n"));
}

TEST(PlanReport, OfANewRunHasNoStepsLeft) {
  EXPECT_THAT(plan_report(kEn, small_plan()), Not(HasSubstr("Steps left")));
  RunPlan plan = small_plan();
  plan.start.file = "a/best_model.pt";
  EXPECT_THAT(plan_report(kEn, plan), Not(HasSubstr("Steps left")));
  EXPECT_THAT(plan_report(kEn, plan),
              HasSubstr("🔄 Starting a new run from the weights in a/best_model.pt\n"));
}

TEST(PlanReport, SaysWhereAResumedRunGoesOnAndWhatIsLeft) {
  RunPlan plan = small_plan();
  plan.start = {.file = "a/shards/step_00007000", .epochs = 1, .steps = 7000};
  EXPECT_THAT(plan_report(kEn, plan), HasSubstr("  Total steps        18,756\n"
                                                "  Steps left         11,756\n"));
  EXPECT_THAT(plan_report(kEn, plan),
              HasSubstr("🔄 Resuming from a/shards/step_00007000: 1 epoch and 7000 steps "
                        "completed\nDry run: nothing was written\n"));
  EXPECT_THAT(plan_report(kZh, plan), HasSubstr("  剩余步数    11,756\n"));
  plan.start.steps = 20'000;
  EXPECT_THAT(plan_report(kEn, plan), HasSubstr("  Steps left         0\n"));
}

TEST(PlanReport, AddsTheNoteToTheTokens) {
  RunPlan plan = small_plan();
  plan.tokens_note = "from the token file";
  EXPECT_THAT(plan_report(kEn, plan),
              HasSubstr("  Training tokens    12,804,096 (from the token file)\n"));
}

TEST(PlanReport, NamesIdleRanksAndTheRemedy) {
  RunPlan plan = small_plan();
  plan.ranks = 6;
  plan.idle_ranks = 2;
  EXPECT_THAT(plan_report(kEn, plan),
              HasSubstr("⚠️  2 of 6 ranks would have nothing to do: a batch has only 4 lanes. "
                        "Start 4 ranks, or make more lanes with --batch-size or --lanes\n"));
  EXPECT_THAT(plan_report(kZh, plan),
              HasSubstr("⚠️  6 个进程中有 2 个无事可做: 每批只有 4 "
                        "个通道; 请只启动 4 个进程"));
}

TEST(PlanReport, SaysNothingOfIdleRanksWhenAllWork) {
  EXPECT_THAT(plan_report(kEn, small_plan()), Not(HasSubstr("nothing to do")));
}

TEST(PlanReport, WarnsWhenTheDiskCannotHoldOneCheckpoint) {
  RunPlan plan = small_plan();
  EXPECT_THAT(plan_report(kEn, plan), Not(HasSubstr("cannot hold")));
  plan.free_disk_bytes = 510'971'084;
  EXPECT_THAT(plan_report(kEn, plan),
              HasSubstr("⚠️  The free disk cannot hold one checkpoint"));
}

TEST(PlanReport, SaysNothingOfADiskWithoutASize) {
  RunPlan plan = small_plan();
  plan.free_disk_bytes = {};
  EXPECT_THAT(plan_report(kEn, plan),
              testing::AllOf(Not(HasSubstr("Free disk")), Not(HasSubstr("cannot hold"))));
}

}  // namespace
}  // namespace lockstep::test
