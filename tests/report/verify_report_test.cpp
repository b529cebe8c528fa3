// SPDX-License-Identifier: Apache-2.0
#include "report/verify_report.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "report/samples.h"

namespace lockstep::test {
namespace {

using nlohmann::json;

VerifiedRow whole_set() { return {.names = {"epoch_0003"}, .root = "ab12"}; }

VerifiedRow damaged_file() {
  return {.names = {"model_epoch_2.pt", "best_model.pt"},
          .problems = {"exp_avg of wte: another digest", "the CRC differs"}};
}

TEST(VerifyReport, HasOneLineForAWholeCheckpoint) {
  EXPECT_EQ(verify_report(kZh, {whole_set()}),
            "🔍 校验检查点\n"
            "  ✓ epoch_0003: 完好 (root: ab12)\n");
  EXPECT_EQ(verify_report(kEn, {whole_set()}),
            "🔍 Verifying checkpoints\n"
            "  ✓ epoch_0003: ok (root: ab12)\n");
}

TEST(VerifyReport, ListsEveryProblemOfADamagedOne) {
  EXPECT_EQ(verify_report(kEn, {whole_set(), damaged_file()}),
            "🔍 Verifying checkpoints\n"
            "  ✓ epoch_0003: ok (root: ab12)\n"
            "  ❌ model_epoch_2.pt = best_model.pt: damaged\n"
            "     - exp_avg of wte: another digest\n"
            "     - the CRC differs\n"
            "❌ 2 checkpoints, 1 of them damaged\n");
  EXPECT_EQ(verify_report(kZh, {damaged_file()}),
            "🔍 校验检查点\n"
            "  ❌ model_epoch_2.pt = best_model.pt: 已损坏\n"
            "     - exp_avg of wte: another digest\n"
            "     - the CRC differs\n");
}

TEST(VerifyReport, SumsUpSeveral) {
  EXPECT_EQ(verify_report(kZh, {whole_set(), whole_set()}),
            "🔍 校验检查点\n"
            "  ✓ epoch_0003: 完好 (root: ab12)\n"
            "  ✓ epoch_0003: 完好 (root: ab12)\n"
            "✓ 共 2 个检查点, 全部完好\n");
}

TEST(VerifyReport, SaysWhatAFileWithoutARootWasCheckedBy) {
  EXPECT_EQ(verify_report(kEn, {{.names = {"latest.pt"}}}),
            "🔍 Verifying checkpoints\n"
            "  ✓ latest.pt: ok (Python wrote it, without a root; the CRCs are right)\n");
}

TEST(VerifyJson, OfOneIsAnObject) {
  EXPECT_EQ(json::parse(verify_json(whole_set())), json::parse(R"({"name": "epoch_0003",
      "names": ["epoch_0003"], "ok": true, "root": "ab12", "problems": []})"));
}

TEST(VerifyJson, OfSeveralIsAnArray) {
  const json array = json::parse(verify_json(std::vector{whole_set(), damaged_file()}));
  EXPECT_EQ(array[1], json::parse(R"({"name": "model_epoch_2.pt",
      "names": ["model_epoch_2.pt", "best_model.pt"], "ok": false, "root": null,
      "problems": ["exp_avg of wte: another digest", "the CRC differs"]})"));
  EXPECT_EQ(json::parse(verify_json(std::vector<VerifiedRow>())), json::array());
}

}  // namespace
}  // namespace lockstep::test
