// SPDX-License-Identifier: Apache-2.0
// Where the ranks are: hosts, of which each has a row of places. Ranks of one host have fast links
// between them, and share the slow one to other hosts.
#pragma once

#include <vector>

#include "comm/world.h"

namespace lockstep {

class RankGrid {
 public:
  // Every rank counts as a host of its own: all links are alike.
  static RankGrid flat(int ranks);
  // `host_of_rank`: for each rank a number that those of its host share, and no others. Flat where
  // the hosts have different numbers of ranks, or there is only one.
  static RankGrid of_hosts(const std::vector<int>& host_of_rank);

  int hosts() const { return static_cast<int>(rank_at_.size()); }
  int places() const { return static_cast<int>(rank_at_.front().size()); }
  int ranks() const { return hosts() * places(); }
  // In the order of the hosts' first ranks; the ranks of a host are in order.
  int rank_at(int host, int place) const;
  int host_of(int rank) const { return spot(rank).host; }
  int place_of(int rank) const { return spot(rank).place; }

 private:
  struct Spot {
    int host = 0;
    int place = 0;
  };

  explicit RankGrid(std::vector<std::vector<int>> rows);
  const Spot& spot(int rank) const { return spots_.at(static_cast<std::size_t>(rank)); }

  std::vector<std::vector<int>> rank_at_;
  std::vector<Spot> spots_;  // of each rank
};

// COLLECTIVE. For each rank of this job a number that those of its host share, as of_hosts() takes
// them.
std::vector<int> host_of_ranks(World& world);

}  // namespace lockstep
