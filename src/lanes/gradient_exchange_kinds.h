// SPDX-License-Identifier: Apache-2.0
// One maker for every kind of GradientExchange, each defined in the file of its kind. For
// gradient_exchange.cpp.
#pragma once

#include "comm/rank_grid.h"
#include "lanes/gradient_exchange.h"

namespace lockstep {

// Every node goes straight to the owner of its shard.
std::unique_ptr<GradientExchange> make_owner_exchange(const World& world, Collectives& collectives,
                                                      const LanePlan& lanes, std::int64_t elements);

// Hosts add up first: as StreamExchange and StreamShare say, on a HostQueue.
std::unique_ptr<GradientExchange> make_host_exchange(const World& world, const RankGrid& grid,
                                                     Collectives& collectives,
                                                     const LanePlan& lanes, std::int64_t elements);

}  // namespace lockstep
