// SPDX-License-Identifier: Apache-2.0
#include "train/training_step.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <cmath>
#include <numeric>

#include "comm/activity.h"
#include "optim/gradient_norm.h"
#include "train/lockstep_check.h"
#include "train/phase.h"

namespace lockstep {
namespace {

// Four bits, as a number that travels with the losses.
double to_number(const StepSignals& signals) {
  return (signals.stop ? 1 : 0) + (signals.save_due ? 2 : 0) + (signals.give_up ? 4 : 0) +
         (signals.no_time ? 8 : 0);
}

void add(double number, StepSignals& signals) {
  const auto bits = static_cast<unsigned>(number);
  signals.stop = signals.stop || (bits & 1U) != 0;
  signals.save_due = signals.save_due || (bits & 2U) != 0;
  signals.give_up = signals.give_up || (bits & 4U) != 0;
  signals.no_time = signals.no_time || (bits & 8U) != 0;
}

}  // namespace

StepSignals agree(World& world, const StepSignals& mine) {
  StepSignals all;
  for (const std::vector<double>& theirs : world.gather_all(std::vector<double>{to_number(mine)}))
    add(theirs.front(), all);
  return all;
}

TrainingStep::TrainingStep(const Ways& ways, Gpt& model, AdamW& optimizer, LanePlan lanes,
                           double clip_norm, std::uint64_t seed)
    : world_(ways.world),
      model_(model),
      lanes_(lanes),
      clip_norm_(clip_norm),
      seed_(seed),
      gradients_(make_gradients(ways, lanes, model.parameters())),
      pass_(make_lane_pass(model)),
      update_(make_update(ways.world, model, optimizer, *gradients_)) {}

StepResult TrainingStep::run(const StepPlan& plan, BatchStream& batches, const StepSignals& signals,
                             const StepHooks& hooks) {
  begin_step(plan.step + 1);
  const std::vector<at::Tensor> losses = run_lanes(plan, batches, hooks);
  finish_gradients(losses.empty());
  hooks.in_between();

  StepResult result;
  gather(plan, signals, losses, result);
  result.updated = std::isfinite(result.loss) && std::isfinite(result.gradient_norm);
  hooks.in_between();
  if (plan.checks_lockstep) {
    update_->await();
    check_lockstep(world_, model_.parameters(), plan.step);
  }
  hooks.before_update();
  const Phase phase("updating the parameters");
  if (result.updated)
    update_->run(plan.learning_rate, clip_scale(result.gradient_norm, clip_norm_));
  return result;
}

// The losses of this rank's lanes, as shares of the mean over the whole batch. The last lane's
// gradients are sent while they are computed.
std::vector<at::Tensor> TrainingStep::run_lanes(const StepPlan& plan, BatchStream& batches,
                                                const StepHooks& hooks) {
  const Phase phase("computing");
  gradients_->start();
  const auto targets = static_cast<double>(plan.sequences * model_.config().block_size);
  const std::vector<LaneFold::Step>& steps = gradients_->fold().steps;
  std::vector<at::Tensor> losses;
  for (const LaneFold::Step& step : steps) {
    const bool is_last = &step == &steps.back();
    const auto take = [&](std::int64_t first) {
      fold(step, first);
      if (is_last) gradients_->ready_from(first);
    };
    at::Tensor& buffer = gradients_->buffer(step.buffer);
    folded_ = buffer.numel();
    if (lanes_.sequences_of(step.lane, plan.sequences).count() > 0) {
      Parameters::GradientsReady ready;
      if (gradients_->takes_parts())
        ready = [&](std::int64_t first) {
          take(first);
          hooks.in_between();
        };
      losses.push_back(pass_->run({.seed = seed_, .step = plan.step, .lane = step.lane},
                                  batches.next(), targets, buffer, step.begins_buffer, ready));
    } else if (step.begins_buffer) {
      update_->await();  // no forward pass does
      buffer.zero_();
    }
    take(0);  // a lane without sequences adds nothing, but is part of a sum
    hooks.in_between();
  }
  return losses;
}

void TrainingStep::finish_gradients(bool is_without_lanes) {
  const Phase phase("exchanging gradients");
  if (is_without_lanes) update_->await();  // no forward pass of this rank does
  gradients_->finish();
}

// Adds up the lanes of this rank, for the elements from `first` on that were not yet.
void TrainingStep::fold(const LaneFold::Step& step, std::int64_t first) {
  const at::NoGradGuard no_grad;
  for (const std::size_t i : step.folds)
    gradients_->buffer(i)
        .narrow(0, first, folded_ - first)
        .add_(gradients_->buffer(i + 1).narrow(0, first, folded_ - first));
  folded_ = first;
}

// How many lanes of a rank have sequences in this step.
std::size_t TrainingStep::losses_of(int rank, const StepPlan& plan) const {
  const IndexRange lanes = lanes_.lanes_of(rank, world_.size());
  std::size_t count = 0;
  for (std::int64_t lane = lanes.first; lane < lanes.last; ++lane)
    if (lanes_.sequences_of(lane, plan.sequences).count() > 0) ++count;
  return count;
}

// Lanes and blocks of the gradient are contiguous by rank, so adding rank by rank is adding in the
// order of the lanes, and of the blocks.
void TrainingStep::gather(const StepPlan& plan, const StepSignals& signals,
                          const std::vector<at::Tensor>& losses, StepResult& result) {
  const Phase phase("exchanging losses");
  std::vector<double> mine = {to_number(signals)};
  at::Tensor numbers = block_square_sums(gradients_->sum());
  if (!losses.empty()) numbers = at::cat({at::stack(losses), numbers});
  numbers = gradients_->on_host(numbers);  // a GPU is waited for once, here
  mine.insert(mine.end(), numbers.const_data_ptr<double>(),
              numbers.const_data_ptr<double>() + numbers.numel());

  std::vector<double> all_squares;
  int rank = 0;
  for (const std::vector<double>& theirs : world_.gather_all(mine)) {
    add(theirs.front(), result.signals);
    const auto first_loss = theirs.begin() + 1;
    const auto first_square = first_loss + static_cast<std::ptrdiff_t>(losses_of(rank++, plan));
    result.loss = std::accumulate(first_loss, first_square, result.loss);
    all_squares.insert(all_squares.end(), first_square, theirs.end());
  }
  result.gradient_norm = norm_of_blocks(all_squares);
}

}  // namespace lockstep
