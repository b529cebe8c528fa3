// SPDX-License-Identifier: Apache-2.0
#include "comm/collectives.h"

#include "comm/collectives_suite.h"
#include "comm/solo_world.h"
#include "support/thread_world.h"

namespace lockstep::test {
namespace {

void run_solo(const CollectiveBody& body) {
  SoloWorld world;
  body(world, *make_collectives(CollectivesKind::solo));
}

CollectivesSetting threads(int size) {
  const auto run = [size](const CollectiveBody& body) {
    run_ranks(size, [&](ThreadWorld& world) {
      world.place_on_machines_of(2);
      ThreadCollectives collectives(world, /*has_windows=*/true);
      body(world, collectives);
    });
  };
  return {std::to_string(size) + "_ranks", run};
}

INSTANTIATE_TEST_SUITE_P(Solo, CollectivesSuite,
                         testing::Values(CollectivesSetting{"one_rank", run_solo}),
                         name_of_setting);
INSTANTIATE_TEST_SUITE_P(Threads, CollectivesSuite,
                         testing::Values(threads(1), threads(2), threads(3), threads(4)),
                         name_of_setting);

}  // namespace
}  // namespace lockstep::test
