// SPDX-License-Identifier: Apache-2.0
#include "lanes/lane_plan.h"

#include <algorithm>

namespace lockstep {

IndexRange LanePlan::lanes_of(std::int64_t rank, std::int64_t world_size) const {
  return {.first = rank * lanes / world_size, .last = (rank + 1) * lanes / world_size};
}

IndexRange LanePlan::sequences_of(std::int64_t lane, std::int64_t sequences) const {
  const std::int64_t per_lane = batch_size / lanes;
  return {.first = std::min(lane * per_lane, sequences),
          .last = std::min((lane + 1) * per_lane, sequences)};
}

}  // namespace lockstep
