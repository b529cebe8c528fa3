// SPDX-License-Identifier: Apache-2.0
#include "train/lane_windows.h"

namespace lockstep {

NextWindows lane_windows(const SampleOrder& order, const EpochPlan& plan, const LanePlan& lanes,
                         const IndexRange& mine, const EpochPart& part) {
  return [=, step = std::int64_t{0}, lane = mine.first]() mutable {
    std::vector<std::int64_t> windows;
    while (windows.empty() && step < part.steps && mine.count() > 0) {
      const std::int64_t first = part.cursor + step * plan.batch_size;
      const IndexRange places = lanes.sequences_of(lane, plan.sequences_at(first));
      for (std::int64_t place = places.first; place < places.last; ++place)
        windows.push_back(order.window(part.epoch, first + place));
      if (++lane == mine.last) {
        lane = mine.first;
        ++step;
      }
    }
    return windows;
  };
}

}  // namespace lockstep
