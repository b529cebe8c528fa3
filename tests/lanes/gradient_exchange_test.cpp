// SPDX-License-Identifier: Apache-2.0
#include "lanes/gradient_exchange.h"

#include <gtest/gtest.h>

#include "comm/solo_world.h"
#include "lanes/lane_numbers.h"
#include "support/thread_world.h"

namespace lockstep::test {
namespace {

// Several buckets, an end that is no chunk's edge.
constexpr std::int64_t kElements = 3'000'001;

// How a rank says that its gradients are ready.
using Pace = std::function<void(GradientExchange&, std::int64_t elements)>;

void at_once(GradientExchange&, std::int64_t) {}
void in_pieces(GradientExchange& exchange, std::int64_t elements) {
  for (std::int64_t first = elements; first > 0; first -= 70'001) exchange.ready_from(first);
}

// One step of one rank; checks its shard against the definition.
void exchange_and_check(const World& world, GradientExchange& exchange, const LanePlan& plan,
                        std::int64_t elements, const Pace& pace, std::int64_t step = 0) {
  for (std::size_t i = 0;
       const TreeNode& node : tree_nodes(plan.lanes_of(world.rank(), world.size()), plan.lanes)) {
    const std::span<float> values = exchange.buffer(i++);
    for (std::int64_t element = 0; element < elements; ++element)
      values[static_cast<std::size_t>(element)] = sum_of(step, node, element);
  }
  exchange.start();
  pace(exchange, elements);
  exchange.finish();
  const ElementRange shard = exchange.shards()[static_cast<std::size_t>(world.rank())];
  const std::span<float> sums = exchange.sum();
  ASSERT_EQ(std::ssize(sums), shard.count());
  std::int64_t wrong = 0;
  for (std::int64_t i = 0; i < shard.count(); ++i)
    if (sums[static_cast<std::size_t>(i)] != sum_of(step, {0, plan.lanes}, shard.first + i))
      ++wrong;
  EXPECT_EQ(wrong, 0) << "rank " << world.rank() << " of " << world.size();
}

// The way back.
void share_and_check(const World& world, GradientExchange& exchange, std::int64_t elements,
                     std::int64_t step) {
  const auto value_of = [&](std::int64_t i) { return static_cast<float>(i % 65'521 + step); };
  std::vector<float> flat(static_cast<std::size_t>(elements), -1.0F);
  const ElementRange shard = exchange.shards()[static_cast<std::size_t>(world.rank())];
  for (std::int64_t i = shard.first; i < shard.last; ++i)
    flat[static_cast<std::size_t>(i)] = value_of(i);
  exchange.share(flat);
  std::int64_t wrong = 0;
  for (std::int64_t i = 0; i < elements; ++i)
    if (flat[static_cast<std::size_t>(i)] != value_of(i)) ++wrong;
  EXPECT_EQ(wrong, 0) << "rank " << world.rank() << " of " << world.size();
}

// How many ranks a machine has.
class GradientExchangeOnMachines : public testing::TestWithParam<int> {
 protected:
  static void run(int size, std::int64_t lanes, std::int64_t elements, const Pace& pace,
                  int steps = 1) {
    const LanePlan plan{.batch_size = lanes, .lanes = lanes};
    run_ranks(size, [&](ThreadWorld& world) {
      world.place_on_machines_of(GetParam());
      ThreadCollectives collectives(world, /*has_windows=*/true);
      const auto exchange = make_gradient_exchange(world, collectives, plan, elements);
      for (int step = 0; step < steps; ++step) {
        exchange_and_check(world, *exchange, plan, elements, pace, step);
        share_and_check(world, *exchange, elements, step);
      }
      world.gather_all(std::vector<double>{});  // nobody reads a window any more
    });
  }
};

INSTANTIATE_TEST_SUITE_P(RanksOfAMachine, GradientExchangeOnMachines, testing::Values(1, 2, 4, 8));

TEST_P(GradientExchangeOnMachines, LeavesEveryRankItsShardOfTheSumAtAnyWorldSize) {
  for (const int size : {1, 2, 3, 4, 8}) run(size, 4, 100'000, at_once);
}

TEST_P(GradientExchangeOnMachines, TravelsWhileTheGradientsAreStillComputed) {
  for (const int size : {1, 2, 3}) run(size, 3, kElements, in_pieces);
}

TEST_P(GradientExchangeOnMachines, RanksMayHaveDifferentNumbersOfNodes) {
  for (const int size : {2, 3, 5}) run(size, 7, 200'000, in_pieces);
}

TEST_P(GradientExchangeOnMachines, MoreRanksThanChunksOrLanesAreFine) {
  run(4, 2, 20'000, at_once);
  run(4, 1, 5, at_once);
}

TEST_P(GradientExchangeOnMachines, GoesOnStepAfterStep) { run(3, 4, 300'000, in_pieces, 5); }

// One rank is early, the others are late.
TEST_P(GradientExchangeOnMachines, RanksMayBeReadyAtDifferentMoments) {
  const LanePlan plan{.batch_size = 4, .lanes = 4};
  run_ranks(4, [&](ThreadWorld& world) {
    world.place_on_machines_of(GetParam());
    ThreadCollectives collectives(world, /*has_windows=*/true);
    const auto exchange = make_gradient_exchange(world, collectives, plan, kElements);
    exchange_and_check(world, *exchange, plan, kElements,
                       world.rank() % 2 == 0 ? at_once : in_pieces);
    world.gather_all(std::vector<double>{});
  });
}

TEST(GradientExchange, OfOneRankIsItsOwnSum) {
  SoloWorld world;
  const auto collectives = make_collectives(CollectivesKind::solo);
  const LanePlan plan{.batch_size = 4, .lanes = 4};
  const auto exchange = make_gradient_exchange(world, *collectives, plan, 100);
  EXPECT_EQ(exchange->shards(), (std::vector<ElementRange>{{0, 100}}));
  exchange_and_check(world, *exchange, plan, 100, at_once);
}

TEST(GradientExchange, SendsWhatAMachineCannotRead) {
  const LanePlan plan{.batch_size = 4, .lanes = 4};
  run_ranks(3, [&](ThreadWorld& world) {
    ThreadCollectives collectives(world, /*has_windows=*/false);
    const auto exchange = make_gradient_exchange(world, collectives, plan, kElements);
    exchange_and_check(world, *exchange, plan, kElements, in_pieces);
    share_and_check(world, *exchange, kElements, 0);
    world.gather_all(std::vector<double>{});
  });
}

}  // namespace
}  // namespace lockstep::test
