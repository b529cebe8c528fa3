// SPDX-License-Identifier: Apache-2.0
#include "comm/launcher.h"

#include <gmock/gmock.h>

#include <map>

namespace lockstep::test {
namespace {

using testing::HasSubstr;
using Variables = std::map<std::string, std::string>;

Launch launch_with(const Variables& variables) {
  return launch_in([&](const char* name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional(found->second);
  });
}

TEST(Launcher, WithoutOneThereIsOneProcess) {
  const Launch launch = launch_with({});
  EXPECT_FALSE(launch.joins_mpi);
  EXPECT_EQ(launch.processes, 1);
  EXPECT_FALSE(lonely_start(launch, 1));
}

TEST(Launcher, MpirunSaysHowManyItStarted) {
  const Launch launch = launch_with({{"OMPI_COMM_WORLD_SIZE", "4"}, {"OMPI_COMM_WORLD_RANK", "3"}});
  EXPECT_TRUE(launch.joins_mpi);
  EXPECT_EQ(launch.processes, 4);
  EXPECT_EQ(launch.process, 3);
  EXPECT_FALSE(lonely_start(launch, 4));
}

TEST(Launcher, AnMpirunOfAnotherMpiIsFoundOut) {
  const Launch launch = launch_with({{"PMI_SIZE", "4"}, {"PMI_RANK", "0"}});
  EXPECT_TRUE(launch.joins_mpi);
  EXPECT_THAT(lonely_start(launch, 1).value(), HasSubstr("mpiexec started 4 processes"));
  EXPECT_THAT(lonely_start(launch, 1).value(), HasSubstr("the MPI that it was built with"));
}

TEST(Launcher, SrunWithoutAnMpiPluginIsFoundOut) {
  const Launch launch = launch_with({{"SLURM_STEP_NUM_TASKS", "2"}, {"SLURM_PROCID", "1"}});
  EXPECT_FALSE(launch.joins_mpi);
  EXPECT_EQ(launch.process, 1);
  EXPECT_THAT(lonely_start(launch, 1).value(), HasSubstr("srun started 2 processes"));
  EXPECT_THAT(lonely_start(launch, 1).value(), HasSubstr("srun --mpi=pmix"));
}

TEST(Launcher, SrunWithPmixJoins) {
  const Launch launch =
      launch_with({{"SLURM_STEP_NUM_TASKS", "2"}, {"SLURM_PROCID", "1"}, {"PMIX_RANK", "1"}});
  EXPECT_TRUE(launch.joins_mpi);
  EXPECT_FALSE(lonely_start(launch, 2));
  EXPECT_TRUE(lonely_start(launch, 1));
}

// mpirun starts its daemons through srun, one a node: what they start is mpirun's.
TEST(Launcher, OneRankUnderMpirunInAJobIsMeantToBeAlone) {
  EXPECT_FALSE(lonely_start(
      launch_with(
          {{"OMPI_COMM_WORLD_SIZE", "1"}, {"SLURM_STEP_NUM_TASKS", "3"}, {"SLURM_PROCID", "2"}}),
      1));
}

// A batch script has the numbers of its job, but is no step of it.
TEST(Launcher, ABatchScriptMayStartOneProcess) {
  EXPECT_FALSE(lonely_start(launch_with({{"SLURM_NTASKS", "4"}, {"SLURM_PROCID", "0"}}), 1));
}

TEST(Launcher, AVariableThatIsNoNumberCountsForNothing) {
  EXPECT_EQ(launch_with({{"SLURM_STEP_NUM_TASKS", "two"}}).processes, 1);
}

}  // namespace
}  // namespace lockstep::test
