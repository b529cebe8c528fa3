// SPDX-License-Identifier: Apache-2.0
#include "app/gpu_facts.h"

#include <gmock/gmock.h>

#include "support/thread_world.h"

namespace lockstep::test {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

GpuFacts h200_at(int host, const std::string& address) {
  return {.host = host,
          .address = address,
          .name = "NVIDIA H200",
          .precision = "bf16",
          .attention = "cudnn"};
}

std::vector<RankFacts> ranks_on(const std::vector<std::string>& hosts) {
  std::vector<RankFacts> ranks;
  ranks.reserve(hosts.size());
  for (const std::string& host : hosts) ranks.push_back({.host = host});
  return ranks;
}

TEST(GpuFacts, AreHeardByAllRanks) {
  run_ranks(3, [](ThreadWorld& world) {
    world.place_on_machines_of(2);
    const auto all = gather_gpu_facts(world, h200_at(0, std::to_string(world.rank())));
    ASSERT_EQ(all.size(), 3U);
    EXPECT_EQ(all[2].host, 2);
    EXPECT_EQ(all[2].address, "2");
    EXPECT_EQ(all[2].name, "NVIDIA H200");
    EXPECT_EQ(all[2].precision, "bf16");
    EXPECT_EQ(all[2].attention, "cudnn");
  });
}

TEST(GpuFacts, OneAddressTwiceIsAGpuThatIsShared) {
  EXPECT_TRUE(has_each_rank_its_own(std::vector{h200_at(0, "0"), h200_at(0, "1")}));
  EXPECT_TRUE(has_each_rank_its_own(std::vector{h200_at(0, "0"), h200_at(1, "0")}));
  EXPECT_FALSE(has_each_rank_its_own(
      std::vector{h200_at(0, "0"), h200_at(0, "1"), h200_at(0, "0"), h200_at(0, "1")}));
}

TEST(GpuFindings, OfAGpuThatIsSharedWarn) {
  EXPECT_THAT(sharing_findings(std::vector{h200_at(0, "0"), h200_at(0, "1")}), IsEmpty());
  const auto findings = sharing_findings(std::vector{h200_at(0, "0"), h200_at(0, "0")});
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].severity, Severity::warning);
}

TEST(GpuFindings, AlikeThereAreNone) {
  EXPECT_THAT(gpu_findings(ranks_on({"h1", "h2"}), std::vector{h200_at(0, "0"), h200_at(1, "0")}),
              IsEmpty());
}

TEST(GpuFindings, AnotherPrecisionIsAProblem) {
  std::vector<GpuFacts> gpus = {h200_at(0, "0"), h200_at(1, "0"), h200_at(1, "1")};
  gpus[1].name = gpus[2].name = "Tesla V100-SXM2-32GB";
  gpus[1].precision = gpus[2].precision = "fp32";
  const auto findings = gpu_findings(ranks_on({"h1", "h2", "h2"}), gpus);
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].severity, Severity::problem);
  EXPECT_EQ(findings[0].kind, ErrorKind::usage);
  EXPECT_THAT(findings[0].text,
              HasSubstr("ranks 1-2 on h2 compute in fp32 (Tesla V100-SXM2-32GB), rank 0 on h1 in "
                        "bf16 (NVIDIA H200); give --precision fp32"));
}

TEST(GpuFindings, AnotherKindIsAWarning) {
  std::vector<GpuFacts> gpus = {h200_at(0, "0"), h200_at(1, "0")};
  gpus[1].name = "NVIDIA A100-SXM4-80GB";
  gpus[1].attention = "flash";
  const auto findings = gpu_findings(ranks_on({"h1", "h2"}), gpus);
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].severity, Severity::warning);
  EXPECT_THAT(findings[0].text, HasSubstr("rank 1 on h2 computes on NVIDIA A100-SXM4-80GB with "
                                          "flash attention, rank 0 on h1 on NVIDIA H200"));
  gpus[1].name = gpus[0].name;
  EXPECT_EQ(gpu_findings(ranks_on({"h1", "h2"}), gpus).size(), 1U);
}

}  // namespace
}  // namespace lockstep::test
