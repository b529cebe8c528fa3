// SPDX-License-Identifier: Apache-2.0
#include "lanes/gradient_exchange.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "comm/solo_world.h"
#include "lanes/lane_plan.h"
#include "support/thread_world.h"

namespace lockstep::test {
namespace {

constexpr LanePlan kPlan{.batch_size = 4, .lanes = 4};

// Lane 0 gives 1 for every element, lane 1 gives 2, then 4 and 8: the sum tells who is in it.
at::Tensor gradients_of_lanes(const IndexRange& lanes) {
  at::Tensor gradients = at::zeros({100}, at::kFloat);
  for (std::int64_t lane = lanes.first; lane < lanes.last; ++lane) gradients += 1 << lane;
  return gradients;
}

TEST(GradientExchange, GivesEveryRankTheSumOfAllLanesAtAnyWorldSize) {
  for (const int size : {1, 2, 3, 4, 6}) {
    run_ranks(size, [&](ThreadWorld& world) {
      ThreadCollectives collectives(world);
      at::Tensor gradients = gradients_of_lanes(kPlan.lanes_of(world.rank(), size));
      GradientExchange(collectives).finish(gradients);
      EXPECT_TRUE(at::equal(gradients, at::full({100}, 15, at::kFloat))) << size << " ranks";
    });
  }
}

TEST(GradientExchange, OfOneRankChangesNothing) {
  SoloWorld world;
  const auto collectives = make_collectives(CollectivesKind::solo, world);
  at::Tensor gradients = gradients_of_lanes({0, 4});
  GradientExchange(*collectives).finish(gradients);
  EXPECT_TRUE(at::equal(gradients, at::full({100}, 15, at::kFloat)));
}

TEST(GradientExchange, WritesIntoTheTensorThatTheOptimizerReads) {
  run_ranks(2, [](ThreadWorld& world) {
    ThreadCollectives collectives(world);
    at::Tensor gradients = at::ones({10}, at::kFloat);
    const at::Tensor optimizers_view = gradients.narrow(0, 5, 5);
    GradientExchange(collectives).finish(gradients);
    EXPECT_TRUE(at::equal(optimizers_view, at::full({5}, 2, at::kFloat)));
  });
}

}  // namespace
}  // namespace lockstep::test
