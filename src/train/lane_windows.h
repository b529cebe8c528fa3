// SPDX-License-Identifier: Apache-2.0
// Which windows a rank trains on, lane by lane and step by step. Pure.
#pragma once

#include "batches/batch_stream.h"
#include "batches/sample_order.h"
#include "lanes/lane_plan.h"
#include "train/epoch_plan.h"

namespace lockstep {

// A part of an epoch.
struct EpochPart {
  std::int64_t epoch = 0;   // counted from 0
  std::int64_t cursor = 0;  // windows of the epoch before it
  std::int64_t steps = 0;
};

// One list of windows for each of the lanes `mine` that has sequences in the step. Over all ranks,
// every window of the part comes once, whatever their number.
NextWindows lane_windows(const SampleOrder& order, const EpochPlan& plan, const LanePlan& lanes,
                         const IndexRange& mine, const EpochPart& part);

}  // namespace lockstep
