// SPDX-License-Identifier: Apache-2.0
#include "train/training_step.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <cmath>
#include <vector>

#include "comm/activity.h"
#include "optim/step_numbers.h"
#include "train/lockstep_check.h"
#include "train/phase.h"
#include "train/term_places.h"

namespace lockstep {
namespace {

// Four bits, as a number that travels with the losses.
double to_number(const StepSignals& signals) {
  return (signals.stop ? 1 : 0) + (signals.save_due ? 2 : 0) + (signals.give_up ? 4 : 0) +
         (signals.no_time ? 8 : 0);
}

StepSignals signals_in(double number) {
  const auto bits = static_cast<unsigned>(number);
  return {.stop = (bits & 1U) != 0,
          .save_due = (bits & 2U) != 0,
          .give_up = (bits & 4U) != 0,
          .no_time = (bits & 8U) != 0};
}

}  // namespace

StepSignals agree(World& world, const StepSignals& mine) {
  unsigned all = 0;
  for (const std::vector<double>& theirs : world.gather_all(std::vector<double>{to_number(mine)}))
    all |= static_cast<unsigned>(theirs.front());
  return signals_in(all);
}

TrainingStep::TrainingStep(const Ways& ways, Gpt& model, AdamW& optimizer, LanePlan lanes,
                           double clip_norm, std::uint64_t seed)
    : world_(ways.world),
      model_(model),
      lanes_(lanes),
      clip_norm_(clip_norm),
      seed_(seed),
      gradients_(make_gradients(ways, lanes, model.parameters())),
      pass_(make_lane_pass(model, [this] { await_update(); })),
      update_(make_update(ways.world, model, optimizer, *gradients_)),
      numbers_(
          at::zeros({kStepNumbers}, model.parameters().values().options().dtype(at::kDouble))) {}

StepResult TrainingStep::run(const StepPlan& plan, BatchStream& batches, const StepSignals& signals,
                             const StepHooks& hooks) {
  begin_step(plan.step + 1);
  const std::vector<at::Tensor> losses = run_lanes(plan, batches, hooks);
  finish_gradients(losses.empty());
  hooks.in_between();

  sum_up(plan, signals, losses);
  hooks.in_between();
  if (plan.checks_lockstep) {
    await_update();
    check_lockstep(world_, model_.parameters(), plan.step);
  }
  hooks.before_update();
  {
    const Phase phase("updating the parameters");
    update_->run(plan.learning_rate, numbers_);
  }
  return result();
}

void TrainingStep::await_update() {
  const Phase phase("updating the parameters");
  update_->await();
  gradients_->await_ranks();
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
                                  batches.next(), targets, buffer, ready));
    } else {
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

// Waits for a GPU only where gather() goes through host memory.
void TrainingStep::sum_up(const StepPlan& plan, const StepSignals& signals,
                          const std::vector<at::Tensor>& losses) {
  const Phase phase("exchanging losses");
  const Where where = gradients_->where();
  const TermPlaces places =
      term_places(lanes_, plan.sequences, model_.parameters().layout().elements(),
                  elements_of_block(where), world_.size());
  if (!terms_.defined() || terms_.numel() < places.counts.total())
    terms_ = at::empty({places.counts.total()}, numbers_.options());
  const std::vector<ElementRange>& mine = places.of_ranks[static_cast<std::size_t>(world_.rank())];
  const auto part = [&](const ElementRange& range) {
    return terms_.narrow(0, range.first, range.count());
  };
  part(mine[0]).fill_(to_number(signals));
  if (!losses.empty()) part(mine[1]).copy_(at::stack(losses));
  sum_squares(gradients_->sum(), where, part(mine[2]));
  gradients_->gather(terms_, places.of_ranks);
  sum_up_step(terms_, places.counts, clip_norm_, where, numbers_);
  gradients_->send_to_host(numbers_);
}

// Waits for a GPU that has to come so far. Its update goes on meanwhile.
StepResult TrainingStep::result() {
  const Phase phase("exchanging losses");
  const StepNumbers numbers = step_numbers_in(gradients_->on_host());
  const bool updated = !std::isnan(numbers.gradient_scale);
  if (!updated) update_->was_skipped();
  return {.loss = numbers.loss,
          .gradient_norm = numbers.gradient_norm,
          .updated = updated,
          .skipped_in_a_row = static_cast<std::int64_t>(numbers.skipped_in_a_row),
          .signals = signals_in(numbers.signals)};
}

}  // namespace lockstep
