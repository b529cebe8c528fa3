// SPDX-License-Identifier: Apache-2.0
#include "train/evaluation.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <chrono>
#include <numeric>

#include "base/sentence.h"
#include "batches/batch_stream.h"
#include "train/gpu_memory.h"
#include "train/phase.h"

namespace lockstep {
namespace {

constexpr double kSecondsBetweenVotes = 0.5;

// The ranks ask each other whether one of them is told to stop: before their first batch, and then
// before those that all of them find out to be far enough from the last time.
class StopVotes {
 public:
  using Clock = std::chrono::steady_clock;

  // The batches that every rank has.
  StopVotes(World& world, std::int64_t batches) : world_(world), batches_(batches) {}

  // COLLECTIVE, for batches that every rank has.
  bool end_before(std::int64_t batch, const std::function<bool(double)>& is_told_to_stop) {
    if (batch != next_ || batch >= batches_) return false;
    const Clock::time_point now = Clock::now();
    const bool is_first = batch == 0;
    const std::chrono::duration<double> passed = is_first ? Clock::duration::zero() : now - last_;
    last_ = now;
    double longest = 0.0;
    bool is_to_end = false;
    for (const std::vector<double>& theirs : world_.gather_all(std::vector<double>{
             is_told_to_stop(std::max(longest_, passed.count())) ? 1.0 : 0.0, passed.count()})) {
      is_to_end = is_to_end || theirs[0] != 0.0;
      longest = std::max(longest, theirs[1]);
    }
    longest_ = std::max(longest_, longest);
    if (!is_first && longest < kSecondsBetweenVotes) stride_ *= 2;
    next_ += stride_;
    return is_to_end;
  }

 private:
  World& world_;
  const std::int64_t batches_;
  std::int64_t next_ = 0;
  std::int64_t stride_ = 1;
  double longest_ = 0.0;  // seconds between two votes
  Clock::time_point last_;
};

double loss_of(const Gpt& model, const Batch& batch) {
  const c10::Device device = model.parameters().placement().device;
  double loss = 0.0;
  within_gpu_memory(
      [&] { return sentence("validating with {0} sequences at once", {batch.inputs_BT.size(0)}); },
      smaller_lanes(),
      [&] {
        loss =
            model
                .loss_sum(batch.inputs_BT.to(device), batch.targets_BT.to(device), Mode::evaluation)
                .item<double>();
      });
  return loss;
}

}  // namespace

std::int64_t sequences_at_once(const LanePlan& lanes, bool is_on_gpu) {
  if (!is_on_gpu) return kValidationSequences;
  const std::int64_t of_a_lane = (lanes.batch_size + lanes.lanes - 1) / lanes.lanes;
  return std::clamp<std::int64_t>(of_a_lane, 1, kValidationSequences);
}

std::optional<double> validation_loss(World& world, const Gpt& model, const TokenFile& tokens,
                                      const Windows& windows,
                                      const std::function<bool(double)>& is_told_to_stop,
                                      std::int64_t at_once) {
  const at::NoGradGuard no_grad;
  const Phase phase("validating");
  const std::int64_t batches = (windows.count + at_once - 1) / at_once;
  const LanePlan batches_as_lanes{.batch_size = batches, .lanes = batches};
  const IndexRange mine = batches_as_lanes.lanes_of(world.rank(), world.size());

  BatchStream stream(tokens, windows, [batch = mine.first, mine, windows, at_once]() mutable {
    std::vector<std::int64_t> list;
    if (batch == mine.last) return list;
    const std::int64_t first = batch++ * at_once;
    list.resize(static_cast<std::size_t>(std::min(at_once, windows.count - first)));
    std::iota(list.begin(), list.end(), first);
    return list;
  });

  std::vector<double> sums;
  StopVotes votes(world, batches / world.size());
  for (std::int64_t i = 0; i < mine.count(); ++i) {
    if (votes.end_before(i, is_told_to_stop)) return std::nullopt;
    sums.push_back(loss_of(model, stream.next()));
  }
  double sum = 0.0;
  for (const std::vector<double>& theirs : world.gather_all(sums))
    sum = std::accumulate(theirs.begin(), theirs.end(), sum);
  return sum / static_cast<double>(windows.count * windows.context);
}

}  // namespace lockstep
