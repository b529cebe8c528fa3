// SPDX-License-Identifier: Apache-2.0
#include "report/consolidate_report.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace lockstep::test {
namespace {

const ConsolidatedFile kWritten = {"epoch_0003", "out/model.pt", 510'971'085, "ab12"};

TEST(ConsolidateReport, NamesTheFileItsSizeAndTheRoot) {
  EXPECT_EQ(consolidate_report(words_in(Language::zh), kWritten),
            "💾 已合并: epoch_0003 → out/model.pt (487.3MB)\n"
            "  root: ab12\n");
  EXPECT_EQ(consolidate_report(words_in(Language::en), kWritten),
            "💾 Consolidated: epoch_0003 → out/model.pt (487.3MB)\n"
            "  root: ab12\n");
}

TEST(ConsolidateJson, HoldsTheSame) {
  EXPECT_EQ(nlohmann::json::parse(consolidate_json(kWritten)),
            nlohmann::json::parse(R"({"set": "epoch_0003", "file": "out/model.pt",
                                      "bytes": 510971085, "root": "ab12"})"));
}

}  // namespace
}  // namespace lockstep::test
