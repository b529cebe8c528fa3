// SPDX-License-Identifier: Apache-2.0
#include "lanes/gradient_exchange.h"

#include <algorithm>

#include "comm/rank_grid.h"
#include "lanes/gradient_exchange_kinds.h"

namespace lockstep {
namespace {

// COLLECTIVE.
bool all_read_all(World& world, const SharedWindow& window) {
  bool reads_all = true;
  for (int rank = 0; rank < world.size(); ++rank)
    reads_all = reads_all && (rank == world.rank() || window.of(rank).has_value());
  return std::ranges::all_of(
      world.gather_all(std::vector<double>{reads_all ? 1.0 : 0.0}),
      [](const std::vector<double>& numbers) { return numbers.front() == 1.0; });
}

}  // namespace

std::size_t buffer_stride(std::int64_t elements) {
  constexpr std::size_t kPage = 1024;
  return (as_size(elements) + kPage - 1) / kPage * kPage;
}

std::unique_ptr<GradientExchange> make_gradient_exchange(World& world, Collectives& collectives,
                                                         const LanePlan& lanes,
                                                         std::int64_t elements) {
  const std::vector<int> hosts = host_of_ranks(world);
  const LaneFold fold =
      lane_fold(tree_nodes(lanes.lanes_of(world.rank(), world.size()), lanes.lanes));
  if (std::ranges::count(hosts, hosts.front()) == std::ssize(hosts)) {
    auto window = collectives.share(fold.buffers * buffer_stride(elements));
    if (all_read_all(world, *window))
      return make_window_exchange(world, collectives, std::move(window), lanes, elements);
  }
  return make_message_exchange(world, RankGrid::of_hosts(hosts), collectives, lanes, elements);
}

}  // namespace lockstep
