// SPDX-License-Identifier: Apache-2.0
#include "app/start_checks.h"

#include <gmock/gmock.h>

#include <cstdlib>
#include <numeric>

namespace lockstep::test {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<int> cores(int first, int count) {
  std::vector<int> list(static_cast<std::size_t>(count));
  std::iota(list.begin(), list.end(), first);
  return list;
}

RankFacts rank_on(const std::string& host, std::vector<int> allowed = cores(0, 8)) {
  return {.host = host,
          .command_line = "arguments",
          .program = "build",
          .libraries = "libraries",
          .processor = "processor",
          .cores = std::move(allowed),
          .launcher_cores = 8,
          .memory_bytes = std::int64_t{1000} << 20};
}

std::vector<RankFacts> two_hosts() {
  return {rank_on("h1"), rank_on("h1"), rank_on("h2"), rank_on("h2")};
}

// The only finding.
Finding only(const std::vector<Finding>& findings) {
  EXPECT_EQ(findings.size(), 1U);
  return findings.empty() ? Finding{} : findings.front();
}

TEST(StartChecks, AGoodStartHasNoFindings) {
  EXPECT_THAT(start_findings(two_hosts()), IsEmpty());
  EXPECT_THAT(start_findings(std::vector{rank_on("h1")}), IsEmpty());
}

TEST(StartChecks, AnotherBuildIsAProblemThatNamesRanksAndHosts) {
  std::vector<RankFacts> facts = two_hosts();
  facts[2].program = facts[3].program = "another";
  const Finding finding = only(start_findings(facts));
  EXPECT_EQ(finding.severity, Severity::problem);
  EXPECT_EQ(finding.kind, ErrorKind::usage);
  EXPECT_THAT(finding.text,
              HasSubstr("ranks 2-3 on h2 are another build of the trainer than rank 0 on h1"));
}

TEST(StartChecks, OtherArgumentsAreAProblem) {
  std::vector<RankFacts> facts = two_hosts();
  facts[1].command_line = "others";
  const Finding finding = only(start_findings(facts));
  EXPECT_EQ(finding.severity, Severity::problem);
  EXPECT_THAT(finding.text, HasSubstr("rank 1 on h1 is not started with the arguments"));
}

TEST(StartChecks, OtherLibrariesAndProcessorsAreWarnings) {
  std::vector<RankFacts> facts = two_hosts();
  facts[3].libraries = "others";
  EXPECT_EQ(only(start_findings(facts)).check, Check::program);
  EXPECT_EQ(only(start_findings(facts)).severity, Severity::warning);
  facts = two_hosts();
  facts[3].processor = "another";
  EXPECT_EQ(only(start_findings(facts)).check, Check::processors);
  EXPECT_EQ(only(start_findings(facts)).severity, Severity::warning);
}

TEST(StartChecks, MoreRanksThanCoresAreAWarning) {
  const std::vector<RankFacts> facts(3, rank_on("h1", cores(0, 2)));
  const Finding finding = start_findings(facts).front();
  EXPECT_EQ(finding.severity, Severity::warning);
  EXPECT_THAT(finding.text, HasSubstr("3 ranks share 2 cores of h1"));
}

TEST(StartChecks, RanksBoundToOneCoreEachBesideIdleOnesAreAWarningWithTheFlag) {
  const std::vector<RankFacts> facts = {rank_on("h1", {0}), rank_on("h1", {1})};
  EXPECT_THAT(only(start_findings(facts)).text,
              AllOf(HasSubstr("mpirun bound ranks 0-1 on h1 to 2 of 8 cores"),
                    HasSubstr("--bind-to none")));
}

TEST(StartChecks, BindingThatUsesMostCoresIsFine) {
  EXPECT_THAT(start_findings(std::vector{rank_on("h1", cores(0, 2)), rank_on("h1", cores(2, 2)),
                                         rank_on("h1", cores(4, 2))}),
              IsEmpty());
}

TEST(StartChecks, WithoutMpirunBindingIsNotItsDoing) {
  RankFacts facts = rank_on("h1", {0});
  facts.launcher_cores = 0;
  EXPECT_THAT(start_findings(std::vector{facts}), IsEmpty());
}

TEST(StartChecks, OneRankInAJobOfSeveralTasksIsAWarning) {
  RankFacts facts = rank_on("h1");
  facts.launcher_cores = 0;
  facts.job_tasks = 4;
  EXPECT_THAT(only(start_findings(std::vector{facts})).text, HasSubstr("it has 4 tasks"));
  facts.launcher_cores = 8;  // mpirun -np 1 is meant so
  EXPECT_THAT(start_findings(std::vector{facts}), IsEmpty());
}

TEST(StartChecks, AClockThatIsAheadOrBehindIsAWarning) {
  const std::vector<RankFacts> facts = two_hosts();
  EXPECT_THAT(clock_findings(facts, std::vector{0.0, 0.01, 1.9, -1.9}), IsEmpty());
  EXPECT_THAT(only(clock_findings(facts, std::vector{0.0, 0.0, 73.2, 73.2})).text,
              HasSubstr("that of h2 is 73 s ahead of that of h1"));
  EXPECT_THAT(only(clock_findings(facts, std::vector{0.0, 0.0, -5.0, -5.0})).text,
              HasSubstr("that of h2 is 5 s behind that of h1"));
}

TEST(StartChecks, TooLittleMemoryIsAProblem) {
  const std::vector<RankFacts> facts = two_hosts();
  EXPECT_THAT(memory_findings(facts, std::int64_t{500} << 20), IsEmpty());
  const Finding finding = only(memory_findings(facts, std::int64_t{501} << 20));
  EXPECT_EQ(finding.severity, Severity::problem);
  EXPECT_THAT(finding.text, HasSubstr("2 ranks need 1002 MB, 1000 MB are free"));
}

TEST(StartChecks, MemoryThatIsNotKnownIsNotMissing) {
  RankFacts facts = rank_on("h1");
  facts.memory_bytes = 0;
  EXPECT_THAT(memory_findings(std::vector{facts}, 1), IsEmpty());
}

TEST(StartChecks, TheRemedyForOneRankIsNotFewerRanks) {
  const std::vector<RankFacts> alone = {rank_on("h1")};
  const std::string text = only(memory_findings(alone, std::int64_t{1001} << 20)).text;
  EXPECT_THAT(text, HasSubstr("1 rank needs 1001 MB, 1000 MB are free; choose a smaller --model, "
                              "--block-size or --batch-size"));
  EXPECT_THAT(text, testing::Not(HasSubstr("fewer ranks")));
  EXPECT_THAT(only(memory_findings(two_hosts(), std::int64_t{501} << 20)).text,
              HasSubstr("start fewer ranks"));
}

TEST(StartChecks, AnEstimateThatIsSlightlyOverIsNoReasonToRefuse) {
  const std::vector<RankFacts> alone = {rank_on("h1")};
  EXPECT_FALSE(is_far_over_memory(alone, std::int64_t{1200} << 20));
  EXPECT_TRUE(is_far_over_memory(alone, std::int64_t{1300} << 20));
}

TEST(StartChecks, CoresBeyondTheQuotaAreNotIdle) {
  std::vector<RankFacts> facts = {rank_on("h1", cores(0, 2)), rank_on("h1", cores(2, 2))};
  EXPECT_THAT(start_findings(facts), testing::SizeIs(1));
  for (RankFacts& each : facts) each.quota_cores = 4;
  EXPECT_THAT(start_findings(facts), IsEmpty());
  for (RankFacts& each : facts) each.quota_cores = 1;
  EXPECT_THAT(only(start_findings(facts)).text, HasSubstr("2 ranks share 1 core of h1"));
}

TEST(StartChecks, APairFarSlowerThanTheOthersIsNamed) {
  const std::vector<std::string> hosts = {"h1", "h2", "h3"};
  const auto pair = [](int one, int other, double rate) {
    return HostPair{.one = one, .other = other, .bytes_per_second = rate};
  };
  EXPECT_THAT(network_findings(hosts, {pair(0, 1, 1e9), pair(0, 2, 9e8), pair(1, 2, 3e8)}),
              IsEmpty());
  EXPECT_THAT(
      only(network_findings(hosts, {pair(0, 1, 1e9), pair(0, 2, 9e8), pair(1, 2, 1e8)})).text,
      HasSubstr("slow between h2 - h3 (100 MB/s)"));
  EXPECT_THAT(only(network_findings(hosts, {pair(0, 1, 12e6)})).text,
              HasSubstr("h1 - h2 (12 MB/s)"));
  EXPECT_THAT(network_findings(hosts, {}), IsEmpty());
}

TEST(StartChecks, RanksAreNamedByHostAndManyAreCut) {
  std::vector<RankFacts> facts;
  for (int host = 0; host < 7; ++host)
    for (int i = 0; i < 2; ++i) facts.push_back(rank_on("h" + std::to_string(host)));
  EXPECT_EQ(ranks_text(facts, std::vector{0, 1, 4}), "ranks 0-1 on h0, rank 4 on h2");
  std::vector<int> all(facts.size());
  std::iota(all.begin(), all.end(), 0);
  EXPECT_THAT(ranks_text(facts, all), HasSubstr("ranks 6-7 on h3 and those on 3 more hosts"));
}

TEST(StartChecks, HostsComeInTheOrderOfTheirRanks) {
  EXPECT_THAT(hosts_of(std::vector{rank_on("b"), rank_on("a"), rank_on("b")}),
              ElementsAre("b", "a"));
}

TEST(Threads, CoresAreSharedWithThoseWhoMayUseThemToo) {
  const std::vector<RankFacts> unbound = two_hosts();
  EXPECT_EQ(fair_threads(unbound, 0), 4);
  const std::vector<RankFacts> bound = {rank_on("h1", cores(0, 4)), rank_on("h1", cores(4, 4))};
  EXPECT_EQ(fair_threads(bound, 1), 4);
  const std::vector<RankFacts> crowded(16, rank_on("h1"));
  EXPECT_EQ(fair_threads(crowded, 0), 1);
}

TEST(Threads, AreNoMoreThanTheShareOfTheQuota) {
  std::vector<RankFacts> facts = {rank_on("h1", cores(0, 4)), rank_on("h1", cores(4, 4))};
  for (RankFacts& each : facts) each.quota_cores = 5;
  EXPECT_EQ(fair_threads(facts, 1), 2);
  for (RankFacts& each : facts) each.quota_cores = 1;
  EXPECT_EQ(fair_threads(facts, 1), 1);
  for (RankFacts& each : facts) each.quota_cores = 64;
  EXPECT_EQ(fair_threads(facts, 1), 4);
}

TEST(Threads, TheFlagWinsOverTheEnvironment) {
  const std::vector<RankFacts> facts = two_hosts();
  ::setenv("OMP_NUM_THREADS", "3", 1);
  EXPECT_EQ(chosen_threads(facts, 0, 2), 2);
  EXPECT_EQ(chosen_threads(facts, 0, 0), 3);
  ::unsetenv("OMP_NUM_THREADS");
  EXPECT_EQ(chosen_threads(facts, 0, 0), 4);
}

}  // namespace
}  // namespace lockstep::test
