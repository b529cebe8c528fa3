// SPDX-License-Identifier: Apache-2.0
// How fast the hosts of a job talk to each other, measured between one rank of each, pair by pair.
#pragma once

#include <utility>
#include <vector>

#include "comm/collectives.h"

namespace lockstep {

struct HostPair {
  int one = 0;  // places in the list of hosts
  int other = 0;
  double latency_seconds = 0.0;  // one way
  double bytes_per_second = 0.0;
};

// Every pair of `count` hosts, in rounds in which each host has one partner at most.
std::vector<std::vector<std::pair<int, int>>> pair_rounds(int count);

// COLLECTIVE. `ranks` are those who measure, one of each host; the result is on every rank, in the
// order of the pairs.
std::vector<HostPair> measure_pairs(World& world, Collectives& collectives,
                                    const std::vector<int>& ranks);

}  // namespace lockstep
