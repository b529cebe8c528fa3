// SPDX-License-Identifier: Apache-2.0
// The rules of a good start: what is wrong, or worth a warning, with the places that the ranks of a
// job were started in. Pure: facts in, findings out.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "app/rank_facts.h"
#include "comm/host_pairs.h"
#include "report/finding.h"

namespace lockstep {

using Facts = std::span<const RankFacts>;  // of all ranks, in rank order

// The hosts in the order of their first ranks.
std::vector<std::string> hosts_of(Facts facts);
// "h1, h2"; of many the first few.
std::string hosts_text(const std::vector<std::string>& hosts);
// "ranks 2-3 on h2"; of many hosts the first few. REQUIRES: ranks in their order.
std::string ranks_text(Facts facts, std::span<const int> ranks);

// Of command lines, programs, libraries and processors; of cores that are too few, or idle because
// mpirun bound its ranks. Problems come first.
std::vector<Finding> start_findings(Facts facts);
// Of `offsets`, seconds that the ranks' clocks are ahead of that of rank 0.
std::vector<Finding> clock_findings(Facts facts, std::span<const double> offsets);
// Of the memory that each rank needs. A problem: the estimate is over what is free.
std::vector<Finding> memory_findings(Facts facts, std::int64_t needed_bytes);
// Whether it is so far over it that no error of the estimate explains that.
bool is_far_over_memory(Facts facts, std::int64_t needed_bytes);
// The cores that these ranks of one host may keep busy together.
std::size_t usable_cores(Facts facts, std::span<const int> ranks);

// A warning for pairs of hosts that are far slower than the others, or than any network of today.
std::vector<Finding> network_findings(const std::vector<std::string>& hosts,
                                      const std::vector<HostPair>& pairs);

// The threads for a rank: its cores, shared with the ranks of its host that may run on them too,
// and no more than its share of what the host's quota allows.
int fair_threads(Facts facts, int rank);
// `asked`, the value of --threads; 0 leaves it to OMP_NUM_THREADS, and then to fair_threads().
int chosen_threads(Facts facts, int rank, std::int64_t asked);

}  // namespace lockstep
