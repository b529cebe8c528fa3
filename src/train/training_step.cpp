// SPDX-License-Identifier: Apache-2.0
#include "train/training_step.h"

#include <ATen/ATen.h>

#include <cmath>
#include <numeric>

#include "optim/clip.h"

namespace lockstep {
namespace {

// Three bits, as a number that travels with the losses.
double to_number(const StepSignals& signals) {
  return (signals.stop ? 1 : 0) + (signals.save_due ? 2 : 0) + (signals.give_up ? 4 : 0);
}

void add(double number, StepSignals& signals) {
  const auto bits = static_cast<unsigned>(number);
  signals.stop = signals.stop || (bits & 1U) != 0;
  signals.save_due = signals.save_due || (bits & 2U) != 0;
  signals.give_up = signals.give_up || (bits & 4U) != 0;
}

}  // namespace

TrainingStep::TrainingStep(World& world, Gpt& model, AdamW& optimizer, GradientExchange& exchange,
                           LanePlan lanes, double clip_norm, std::uint64_t seed)
    : world_(world),
      model_(model),
      optimizer_(optimizer),
      exchange_(exchange),
      lanes_(lanes),
      clip_norm_(clip_norm),
      seed_(seed) {}

StepResult TrainingStep::run(const StepPlan& plan, BatchStream& batches, const StepSignals& signals,
                             const StepHooks& hooks) {
  at::Tensor& gradients = model_.parameters().gradients();
  gradients.zero_();
  std::vector<double> mine = run_lanes(plan, batches, hooks);
  exchange_.finish(gradients);
  hooks.in_between();

  // Lanes are contiguous by rank, so adding rank by rank is adding in the order of the lanes.
  mine.push_back(to_number(signals));
  StepResult result;
  for (const std::vector<double>& theirs : world_.gather_all(mine)) {
    result.loss = std::accumulate(theirs.begin(), theirs.end() - 1, result.loss);
    add(theirs.back(), result.signals);
  }
  result.gradient_norm = clip_gradients(gradients, clip_norm_);
  result.updated = std::isfinite(result.loss) && std::isfinite(result.gradient_norm);
  hooks.in_between();
  hooks.before_update();
  if (result.updated) optimizer_.step(plan.learning_rate);
  return result;
}

// The losses of this rank's lanes, as shares of the mean over the whole batch.
std::vector<double> TrainingStep::run_lanes(const StepPlan& plan, BatchStream& batches,
                                            const StepHooks& hooks) {
  const auto targets = static_cast<double>(plan.sequences * model_.config().block_size);
  const IndexRange mine = lanes_.lanes_of(world_.rank(), world_.size());
  std::vector<double> losses;
  for (std::int64_t lane = mine.first; lane < mine.last; ++lane) {
    if (lanes_.sequences_of(lane, plan.sequences).count() == 0) continue;
    const Batch batch = batches.next();
    key_dropout(seed_, plan.step, lane);
    const at::Tensor loss =
        model_.loss_sum(batch.inputs_BT, batch.targets_BT, Mode::training) / targets;
    loss.backward();
    losses.push_back(loss.item<double>());
    hooks.in_between();
  }
  return losses;
}

}  // namespace lockstep
