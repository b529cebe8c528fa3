// SPDX-License-Identifier: Apache-2.0
#include "lanes/gradient_exchange.h"

#include "comm/rank_grid.h"
#include "lanes/gradient_exchange_kinds.h"

namespace lockstep {

std::unique_ptr<GradientExchange> make_gradient_exchange(World& world, Collectives& collectives,
                                                         const LanePlan& lanes,
                                                         std::int64_t elements) {
  const RankGrid grid = RankGrid::of_hosts(host_of_ranks(world));
  if (grid.places() > 1) return make_host_exchange(world, grid, collectives, lanes, elements);
  return make_owner_exchange(world, collectives, lanes, elements);
}

}  // namespace lockstep
