// SPDX-License-Identifier: Apache-2.0
#include "report/compare_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <nlohmann/json.hpp>

#include "report/samples.h"

namespace lockstep::test {
namespace {

using nlohmann::json;
using testing::EndsWith;
using testing::HasSubstr;
using Kind = StateComparison::Kind;

Comparison of_the_manual() {
  return {.first = {"model_epoch_2.pt", 3.8012, 3.9843, 124'046'592, kBytes, "ab12"},
          .second = {"model_epoch_3.pt", 3.6721, 3.4521, 124'046'592, kBytes, "cd34"},
          .state = {Kind::different, "exp_avg", "transformer.h.0.ln_1.bias", 12}};
}

std::string sentence_about(const Words& words, const StateComparison& state) {
  Comparison comparison = of_the_manual();
  comparison.state = state;
  const std::string text = compare_report(words, comparison);
  return text.substr(text.rfind('\n', text.size() - 2) + 1);
}

TEST(CompareReport, IsTheOneOfTheManualAndWhereTheStatesDiffer) {
  EXPECT_EQ(compare_report(kZh, of_the_manual()),
            "📊 模型对比\n"
            "================================================================================\n"
            "指标              model_epoch_2.pt      model_epoch_3.pt\n"
            "================================================================================\n"
            "验证损失          3.8012                3.6721            (-0.1291)\n"
            "训练损失          3.9843                3.4521            (-0.5322)\n"
            "总参数数          124,046,592           124,046,592\n"
            "检查点大小        487.3MB               487.3MB\n"
            "================================================================================\n"
            "≠ 首个差异: transformer.h.0.ln_1.bias 的 exp_avg, 第 12 块\n");
}

TEST(CompareReport, SpeaksEnglish) {
  EXPECT_EQ(compare_report(kEn, of_the_manual()),
            "📊 Comparison\n"
            "================================================================================\n"
            "Measure           model_epoch_2.pt      model_epoch_3.pt\n"
            "================================================================================\n"
            "Val loss          3.8012                3.6721            (-0.1291)\n"
            "Train loss        3.9843                3.4521            (-0.5322)\n"
            "Parameters        124,046,592           124,046,592\n"
            "Size              487.3MB               487.3MB\n"
            "================================================================================\n"
            "≠ first difference: exp_avg of transformer.h.0.ln_1.bias, chunk 12\n");
}

TEST(CompareReport, SignsWhatHasGrown) {
  Comparison comparison = of_the_manual();
  comparison.second.val_loss = 4.0;
  comparison.second.parameters += 1000;
  comparison.second.bytes += 1048576;
  const std::string text = compare_report(kEn, comparison);
  EXPECT_THAT(text, HasSubstr("4.0000            (+0.1988)\n"));
  EXPECT_THAT(text, HasSubstr("124,047,592       (+1,000)\n"));
  EXPECT_THAT(text, HasSubstr("488.3MB           (+1.0MB)\n"));
}

TEST(CompareReport, HasNoDifferenceOfSizesThatLookEqual) {
  Comparison comparison = of_the_manual();
  comparison.second.bytes += 1;
  EXPECT_THAT(compare_report(kEn, comparison),
              HasSubstr("Size              487.3MB               487.3MB\n"));
}

TEST(CompareReport, HasNoDifferenceOfWhatIsNotKnownOrNoNumber) {
  Comparison comparison = of_the_manual();
  comparison.first.val_loss.reset();
  comparison.second.train_loss = std::numeric_limits<double>::quiet_NaN();
  const std::string text = compare_report(kEn, comparison);
  EXPECT_THAT(text, HasSubstr("Val loss          -                     3.6721\n"));
  EXPECT_THAT(text, HasSubstr("Train loss        3.9843                nan\n"));
}

TEST(CompareReport, SaysWhetherTheStatesAreTheSame) {
  EXPECT_EQ(sentence_about(kEn, {Kind::identical}), "✓ identical state (root: ab12)\n");
  EXPECT_EQ(sentence_about(kZh, {Kind::identical}), "✓ 状态完全相同 (root: ab12)\n");
  EXPECT_EQ(sentence_about(kEn, {Kind::different}), "≠ the states differ\n");
  EXPECT_EQ(sentence_about(kZh, {Kind::different}), "≠ 状态不同\n");
  EXPECT_EQ(sentence_about(kEn, {Kind::other_layout}),
            "≠ different models: their tensors differ in name or shape\n");
  EXPECT_EQ(sentence_about(kZh, {Kind::other_layout}), "≠ 模型结构不同: 张量的名称或形状不一致\n");
}

TEST(CompareReport, SaysWhenItCannotBeTold) {
  EXPECT_THAT(sentence_about(kEn, {Kind::unknown}), HasSubstr("it cannot be told"));
  EXPECT_THAT(sentence_about(kZh, {Kind::unknown}), HasSubstr("无法判断"));
}

TEST(CompareJson, HoldsBothAndTheDifference) {
  Comparison comparison = of_the_manual();
  comparison.second.val_loss = 3.3012;
  const json object = json::parse(compare_json(comparison));
  EXPECT_EQ(object["first"], json::parse(R"({"name": "model_epoch_2.pt", "val_loss": 3.8012,
      "train_loss": 3.9843, "parameters": 124046592, "bytes": 510971085, "root": "ab12"})"));
  EXPECT_DOUBLE_EQ(object["delta"]["val_loss"], -0.5);
  EXPECT_EQ(object["delta"]["bytes"], 0);
  EXPECT_EQ(object["state"], "different");
  EXPECT_EQ(object["first_difference"], json::parse(R"({"array": "exp_avg",
      "tensor": "transformer.h.0.ln_1.bias", "chunk": 12})"));
}

TEST(CompareJson, HasNullForWhatIsNotKnown) {
  Comparison comparison = of_the_manual();
  comparison.state = {Kind::unknown};
  comparison.first.root.clear();
  comparison.first.val_loss.reset();
  const json object = json::parse(compare_json(comparison));
  EXPECT_EQ(object["first"]["root"], nullptr);
  EXPECT_EQ(object["first"]["val_loss"], nullptr);
  EXPECT_EQ(object["delta"]["val_loss"], nullptr);
  EXPECT_EQ(object["state"], "unknown");
  EXPECT_EQ(object["first_difference"], nullptr);
}

}  // namespace
}  // namespace lockstep::test
