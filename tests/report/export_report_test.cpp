// SPDX-License-Identifier: Apache-2.0
#include "report/export_report.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace lockstep::test {
namespace {

ExportedFolder written() {
  return {.checkpoint = "epoch_0003",
          .format = "hf",
          .folder = "out",
          .model = {.files = {{"model.safetensors", 496'200'000}, {"config.json", 520}},
                    .parameters = 124'046'592,
                    .zero_biases = 0,
                    .root = "ab12"}};
}

TEST(ExportReport, NamesTheFolderItsFilesAndTheRoot) {
  EXPECT_EQ(export_report(words_in(Language::zh), written()),
            "💾 已导出: epoch_0003 → out (格式 hf, 124,046,592 参数)\n"
            "  ✓ model.safetensors (473.2MB)\n"
            "  ✓ config.json (0.0MB)\n"
            "  root: ab12\n");
  EXPECT_EQ(export_report(words_in(Language::en), written()),
            "💾 Exported: epoch_0003 → out (format hf, 124,046,592 parameters)\n"
            "  ✓ model.safetensors (473.2MB)\n"
            "  ✓ config.json (0.0MB)\n"
            "  root: ab12\n");
}

TEST(ExportReport, SaysThatBiasesWereAdded) {
  ExportedFolder folder = written();
  folder.model.zero_biases = 121'344;
  folder.model.root.clear();
  EXPECT_EQ(
      export_report(words_in(Language::en), folder),
      "💾 Exported: epoch_0003 → out (format hf, 124,046,592 parameters)\n"
      "  ✓ model.safetensors (473.2MB)\n"
      "  ✓ config.json (0.0MB)\n"
      "  ℹ️  The model has no biases and the format always has: 121,344 of them are zeros, "
      "which changes no result\n");
}

TEST(ExportJson, HoldsTheSame) {
  EXPECT_EQ(nlohmann::json::parse(export_json(written())), nlohmann::json::parse(R"({
      "checkpoint": "epoch_0003", "format": "hf", "folder": "out",
      "files": [{"name": "model.safetensors", "bytes": 496200000},
                {"name": "config.json", "bytes": 520}],
      "parameters": 124046592, "zero_biases": 0, "root": "ab12"})"));
}

}  // namespace
}  // namespace lockstep::test
