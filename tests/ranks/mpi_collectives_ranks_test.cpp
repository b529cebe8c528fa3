// SPDX-License-Identifier: Apache-2.0
#include "comm/collectives_suite.h"
#include "ranks/rank_world.h"

namespace lockstep::test {
namespace {

void run_on_this_rank(const CollectiveBody& body) {
  World& world = rank_world();
  body(world, *make_collectives(CollectivesKind::mpi));
}

INSTANTIATE_TEST_SUITE_P(Mpi, CollectivesSuite,
                         testing::Values(CollectivesSetting{"all_ranks", run_on_this_rank}),
                         name_of_setting);

TEST(MpiCollectives, RanksOfAMachineReadEachOthersWindows) {
  World& world = rank_world();
  const auto window = make_collectives(CollectivesKind::mpi)->share(10);
  for (int rank = 0; rank < world.size(); ++rank)
    EXPECT_EQ(window->of(rank).has_value(), rank != world.rank()) << rank;
}

}  // namespace
}  // namespace lockstep::test
