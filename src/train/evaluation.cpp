// SPDX-License-Identifier: Apache-2.0
#include "train/evaluation.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <numeric>

#include "batches/batch_stream.h"
#include "comm/activity.h"
#include "lanes/lane_plan.h"

namespace lockstep {
namespace {

// Enough to fill a processor, few enough that a short text still gives every rank some.
constexpr std::int64_t kSequencesPerBatch = 8;

}  // namespace

double validation_loss(World& world, const Gpt& model, const TokenFile& tokens,
                       const Windows& windows) {
  const at::NoGradGuard no_grad;
  const Doing doing("validating");
  const std::int64_t batches = (windows.count + kSequencesPerBatch - 1) / kSequencesPerBatch;
  const LanePlan batches_as_lanes{.batch_size = batches, .lanes = batches};
  const IndexRange mine = batches_as_lanes.lanes_of(world.rank(), world.size());

  BatchStream stream(tokens, windows, [batch = mine.first, mine, windows]() mutable {
    std::vector<std::int64_t> list;
    if (batch == mine.last) return list;
    const std::int64_t first = batch++ * kSequencesPerBatch;
    list.resize(static_cast<std::size_t>(std::min(kSequencesPerBatch, windows.count - first)));
    std::iota(list.begin(), list.end(), first);
    return list;
  });

  const c10::Device device = model.parameters().placement().device;
  std::vector<double> sums;
  for (std::int64_t i = 0; i < mine.count(); ++i) {
    const Batch batch = stream.next();
    sums.push_back(
        model.loss_sum(batch.inputs_BT.to(device), batch.targets_BT.to(device), Mode::evaluation)
            .item<double>());
  }
  double sum = 0.0;
  for (const std::vector<double>& theirs : world.gather_all(sums))
    sum = std::accumulate(theirs.begin(), theirs.end(), sum);
  return sum / static_cast<double>(windows.count * windows.context);
}

}  // namespace lockstep
