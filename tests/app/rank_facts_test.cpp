// SPDX-License-Identifier: Apache-2.0
#include "app/rank_facts.h"

#include <gmock/gmock.h>

#include <cstdlib>

#include "base/log.h"
#include "support/thread_world.h"

namespace lockstep::test {
namespace {

RankFacts facts_with(std::initializer_list<const char*> arguments) {
  const std::vector<const char*> argv(arguments);
  return facts_of_this_rank(static_cast<int>(argv.size()), argv.data());
}

TEST(RankFacts, OfThisProcessAreComplete) {
  const RankFacts facts = facts_with({"trainer", "--quiet"});
  EXPECT_EQ(facts.host, host_name());
  EXPECT_EQ(facts.program.size(), 40U);  // of a build id
  EXPECT_EQ(facts.libraries.size(), 32U);
  EXPECT_FALSE(facts.cores.empty());
  EXPECT_GT(facts.memory_bytes, std::int64_t{1} << 20);
}

TEST(RankFacts, AreTheSameTwice) {
  EXPECT_EQ(facts_with({"trainer"}).libraries, facts_with({"trainer"}).libraries);
  EXPECT_EQ(facts_with({"/a/trainer", "--x"}).command_line,
            facts_with({"/b/trainer", "--x"}).command_line);
}

TEST(RankFacts, OfAJobHaveItsMemoryAndItsTasks) {
  ::setenv("SLURM_MEM_PER_NODE", "16", 1);
  ::setenv("SLURM_NTASKS", "4", 1);
  const RankFacts facts = facts_with({"trainer"});
  ::unsetenv("SLURM_MEM_PER_NODE");
  ::unsetenv("SLURM_NTASKS");
  EXPECT_EQ(facts.memory_bytes, std::int64_t{16} << 20);
  EXPECT_EQ(facts.job_tasks, 4);
}

TEST(RankFacts, TellArgumentsApart) {
  EXPECT_NE(facts_with({"trainer", "ab", "c"}).command_line,
            facts_with({"trainer", "a", "bc"}).command_line);
}

TEST(RankFacts, ThereAndBack) {
  const RankFacts facts = {.host = "h\"1\"\xff",
                           .command_line = "a",
                           .program = "b",
                           .libraries = "c",
                           .processor = "d",
                           .cores = {0, 2, 5},
                           .launcher_cores = 7,
                           .quota_cores = 3,
                           .memory_bytes = std::int64_t{1} << 40,
                           .job_tasks = 9};
  const RankFacts back = facts_from_text(facts_to_text(facts));
  EXPECT_THAT(back.host, testing::StartsWith("h\"1\""));
  EXPECT_EQ(back.command_line + back.program + back.libraries + back.processor, "abcd");
  EXPECT_EQ(back.cores, facts.cores);
  EXPECT_EQ(back.launcher_cores, 7);
  EXPECT_EQ(back.quota_cores, 3);
  EXPECT_EQ(back.memory_bytes, facts.memory_bytes);
  EXPECT_EQ(back.job_tasks, 9);
}

TEST(RankFacts, EveryRankHasThoseOfAll) {
  run_ranks(3, [](World& world) {
    const std::vector<RankFacts> all =
        gather_facts(world, {.host = "h" + std::to_string(world.rank())});
    ASSERT_EQ(all.size(), 3U);
    EXPECT_EQ(all[2].host, "h2");
  });
}

// A generous bound: threads of one process, on a busy machine.
TEST(RankFacts, OneClockIsEqualToItself) {
  run_ranks(3, [](World& world) {
    const std::vector<double> offsets = gather_clock_offsets(world);
    EXPECT_EQ(offsets.size(), 3U);
    for (const double offset : offsets) EXPECT_LT(std::abs(offset), 60.0);
  });
}

}  // namespace
}  // namespace lockstep::test
