// SPDX-License-Identifier: Apache-2.0
#include "train/training_step.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <cmath>
#include <numeric>
#include <utility>

#include "comm/all_gather.h"
#include "optim/gradient_norm.h"
#include "train/lockstep_check.h"
#include "train/tensor_span.h"

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

// Listens to the gradients of a backward pass until the end of the scope.
class Listening {
 public:
  Listening(Parameters& parameters, Parameters::GradientsReady ready) : parameters_(parameters) {
    parameters_.on_gradients_ready(std::move(ready));
  }
  ~Listening() { parameters_.on_gradients_ready({}); }
  Listening(const Listening&) = delete;
  Listening& operator=(const Listening&) = delete;

 private:
  Parameters& parameters_;
};

}  // namespace

TrainingStep::TrainingStep(World& world, Collectives& collectives, Gpt& model, AdamW& optimizer,
                           LanePlan lanes, double clip_norm, std::uint64_t seed)
    : world_(world),
      collectives_(collectives),
      model_(model),
      optimizer_(optimizer),
      lanes_(lanes),
      clip_norm_(clip_norm),
      seed_(seed),
      exchange_(world, collectives, lanes, model.parameters().layout().elements()) {
  for (std::size_t i = 0; i < exchange_.fold().buffers; ++i)
    gradients_.push_back(tensor_over(exchange_.buffer(i)));
  gradients_of_shard_ = tensor_over(exchange_.sum());
}

StepResult TrainingStep::run(const StepPlan& plan, BatchStream& batches, const StepSignals& signals,
                             const StepHooks& hooks) {
  exchange_.start();
  const std::vector<double> losses = run_lanes(plan, batches, hooks);
  exchange_.finish();
  hooks.in_between();

  StepResult result;
  gather(plan, signals, losses, result);
  result.updated = std::isfinite(result.loss) && std::isfinite(result.gradient_norm);
  hooks.in_between();
  if (plan.checks_lockstep) check_lockstep(world_, model_.parameters(), plan.step);
  hooks.before_update();
  if (!result.updated) return result;
  optimizer_.step(gradients_of_shard_, plan.learning_rate,
                  clip_scale(result.gradient_norm, clip_norm_));
  at::Tensor& values = model_.parameters().values();
  all_gather(world_, collectives_, span_of(values), exchange_.shards());
  return result;
}

// The losses of this rank's lanes, as shares of the mean over the whole batch. The last lane's
// gradients are sent while they are computed.
std::vector<double> TrainingStep::run_lanes(const StepPlan& plan, BatchStream& batches,
                                            const StepHooks& hooks) {
  const std::vector<LaneFold::Step>& steps = exchange_.fold().steps;
  std::vector<double> losses;
  for (const LaneFold::Step& step : steps) {
    const bool is_last = &step == &steps.back();
    const auto take = [&](std::int64_t first) {
      fold(step, first);
      if (is_last) exchange_.ready_from(first);
    };
    at::Tensor& buffer = gradients_[step.buffer];
    if (step.begins_buffer) buffer.zero_();
    folded_ = buffer.numel();
    if (lanes_.sequences_of(step.lane, plan.sequences).count() > 0) {
      model_.parameters().collect_gradients_in(buffer);
      const Listening listening(model_.parameters(), [&](std::int64_t first) {
        take(first);
        hooks.in_between();
      });
      losses.push_back(run_lane(plan, step.lane, batches));
    }
    take(0);  // a lane without sequences adds nothing, but is part of a sum
    hooks.in_between();
  }
  return losses;
}

double TrainingStep::run_lane(const StepPlan& plan, std::int64_t lane, BatchStream& batches) {
  const auto targets = static_cast<double>(plan.sequences * model_.config().block_size);
  const Batch batch = batches.next();
  key_dropout(seed_, plan.step, lane);
  const at::Tensor loss =
      model_.loss_sum(batch.inputs_BT, batch.targets_BT, Mode::training) / targets;
  loss.backward();
  return loss.item<double>();
}

// Adds up the lanes of this rank, for the elements from `first` on that were not yet.
void TrainingStep::fold(const LaneFold::Step& step, std::int64_t first) {
  const at::NoGradGuard no_grad;
  for (const std::size_t i : step.folds)
    gradients_[i]
        .narrow(0, first, folded_ - first)
        .add_(gradients_[i + 1].narrow(0, first, folded_ - first));
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
                          const std::vector<double>& losses, StepResult& result) {
  std::vector<double> mine = {to_number(signals)};
  mine.insert(mine.end(), losses.begin(), losses.end());
  const std::vector<double> squares = block_square_sums(gradients_of_shard_);
  mine.insert(mine.end(), squares.begin(), squares.end());

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
