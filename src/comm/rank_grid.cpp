// SPDX-License-Identifier: Apache-2.0
#include "comm/rank_grid.h"

#include <algorithm>
#include <utility>

namespace lockstep {

RankGrid::RankGrid(std::vector<std::vector<int>> rows) : rank_at_(std::move(rows)) {
  spots_.resize(static_cast<std::size_t>(ranks()));
  for (int host = 0; host < hosts(); ++host)
    for (int place = 0; place < places(); ++place)
      spots_.at(static_cast<std::size_t>(rank_at(host, place))) = {.host = host, .place = place};
}

RankGrid RankGrid::flat(int ranks) {
  std::vector<std::vector<int>> alone;
  alone.reserve(static_cast<std::size_t>(ranks));
  for (int rank = 0; rank < ranks; ++rank) alone.push_back({rank});
  return RankGrid(std::move(alone));
}

RankGrid RankGrid::of_hosts(const std::vector<int>& host_of_rank) {
  std::vector<int> seen;
  std::vector<std::vector<int>> rank_at;
  for (std::size_t rank = 0; rank < host_of_rank.size(); ++rank) {
    const auto known = std::ranges::find(seen, host_of_rank[rank]);
    const auto host = static_cast<std::size_t>(known - seen.begin());
    if (known == seen.end()) {
      seen.push_back(host_of_rank[rank]);
      rank_at.emplace_back();
    }
    rank_at[host].push_back(static_cast<int>(rank));
  }
  const bool are_alike = std::ranges::all_of(rank_at, [&](const std::vector<int>& ranks) {
    return ranks.size() == rank_at.front().size();
  });
  if (rank_at.size() == 1 || !are_alike) return flat(static_cast<int>(host_of_rank.size()));
  return RankGrid(std::move(rank_at));
}

int RankGrid::rank_at(int host, int place) const {
  return rank_at_.at(static_cast<std::size_t>(host)).at(static_cast<std::size_t>(place));
}

std::vector<int> host_of_ranks(World& world) {
  std::vector<int> host_of_rank;
  for (const std::vector<double>& leader :
       world.gather_all(std::vector<double>{static_cast<double>(world.local_leader())}))
    host_of_rank.push_back(static_cast<int>(leader.front()));
  return host_of_rank;
}

}  // namespace lockstep
