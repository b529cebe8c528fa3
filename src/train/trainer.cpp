// SPDX-License-Identifier: Apache-2.0
#include "train/trainer.h"

#include <cmath>
#include <utility>

#include "config/problems.h"
#include "optim/learning_rate.h"
#include "train/evaluation.h"

namespace lockstep {
namespace {

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace

LanePlan lane_plan(const RunConfig& config) {
  return {.batch_size = config.train.batch_size, .lanes = resolved_lanes(config)};
}

Trainer::Trainer(World& world, const RunConfig& config, const PreparedText& text, Gpt& model,
                 TrainingStep& step, Checkpointer& checkpointer, RunObserver& observer,
                 TrainState state)
    : world_(world),
      config_(config),
      text_(text),
      model_(model),
      step_(step),
      checkpointer_(checkpointer),
      observer_(observer),
      plan_(epoch_plan(config, text.split.train.count)),
      lanes_(lane_plan(config)),
      order_(config.train.seed, text.split.train.count),
      state_(std::move(state)) {}

RunEnd Trainer::run() {
  RunEnd end = RunEnd::nothing_to_do;
  while (state_.epoch < config_.train.epochs) {
    const std::int64_t steps = plan_.steps_of_next_epoch(state_.step);
    if (steps == 0) break;
    if (!run_epoch(steps)) return RunEnd::interrupted;
    end = RunEnd::finished;
  }
  return end;
}

bool Trainer::run_epoch(std::int64_t steps) {
  EpochProgress progress{.steps = steps};
  BatchStream batches(text_.train, text_.split.train, windows_of_epoch(steps));
  observer_.epoch_started(state_.epoch + 1, steps);
  while (progress.steps_done < steps) {
    const StepPlan plan{.step = state_.step,
                        .sequences = plan_.sequences_of(progress.steps_done),
                        .learning_rate = learning_rate_now()};
    const Clock::time_point started = Clock::now();
    const StepResult result = step_.run(plan, batches);
    if (!std::isfinite(result.loss)) fail_diverged("the training loss", result.loss);
    if (!result.updated) fail_diverged("the gradient norm", result.gradient_norm);
    ++state_.step;
    ++progress.steps_done;
    progress.sequences += plan.sequences;
    progress.loss_sum += result.loss * static_cast<double>(plan.sequences);
    report_step(plan, result, progress, seconds_since(started));
    if (result.stop_requested) return false;
  }
  finish_epoch(progress);
  return true;
}

// The windows of this rank's lanes, lane by lane and step by step.
NextWindows Trainer::windows_of_epoch(std::int64_t steps) const {
  const IndexRange mine = lanes_.lanes_of(world_.rank(), world_.size());
  return [this, steps, mine, epoch = state_.epoch, step = std::int64_t{0},
          lane = mine.first]() mutable {
    std::vector<std::int64_t> windows;
    while (windows.empty() && step < steps && mine.count() > 0) {
      const IndexRange places = lanes_.sequences_of(lane, plan_.sequences_of(step));
      for (std::int64_t place = places.first; place < places.last; ++place)
        windows.push_back(order_.window(epoch, step * plan_.batch_size + place));
      if (++lane == mine.last) {
        lane = mine.first;
        ++step;
      }
    }
    return windows;
  };
}

void Trainer::report_step(const StepPlan& plan, const StepResult& result,
                          const EpochProgress& progress, double step_seconds) {
  const auto tokens = static_cast<double>(plan.sequences * model_.config().block_size);
  observer_.step_done({.step = state_.step,
                       .epoch = state_.epoch + 1,
                       .step_in_epoch = progress.steps_done,
                       .steps_in_epoch = progress.steps,
                       .loss = result.loss,
                       .average_loss = progress.average_loss(),
                       .learning_rate = plan.learning_rate,
                       .gradient_norm = result.gradient_norm,
                       .tokens_per_second = tokens / step_seconds,
                       .seconds = seconds_since(progress.started)});
}

void Trainer::finish_epoch(const EpochProgress& progress) {
  const double rate = learning_rate_now();
  const double val_loss =
      validation_loss(world_, model_, text_.validation_tokens(), text_.split.validation);
  const double old_best_loss = state_.best_loss;
  ++state_.epoch;
  state_.train_loss = progress.average_loss();
  state_.val_loss = val_loss;
  if (val_loss < old_best_loss) {  // never true for NaN
    state_.best_loss = val_loss;
    state_.best_epoch = state_.epoch;
  }
  state_.history.train_loss.push_back(state_.train_loss);
  state_.history.val_loss.push_back(val_loss);
  state_.history.epochs.push_back(state_.epoch);
  observer_.epoch_done({.epoch = state_.epoch,
                        .epochs = config_.train.epochs,
                        .seconds = seconds_since(progress.started),
                        .train_loss = state_.train_loss,
                        .val_loss = val_loss});
  observer_.published(checkpointer_.save(state_, old_best_loss, rate));
}

double Trainer::learning_rate_now() const {
  return learning_rate(config_.optim, state_.step, plan_.total_steps());
}

void Trainer::fail_diverged(const std::string& what, double value) const {
  const std::string saved = state_.epoch == 0 ? "no checkpoint was saved before it"
                                              : "the last good checkpoint is " +
                                                    checkpointer_.latest_file().string() +
                                                    " (epoch " + std::to_string(state_.epoch) + ")";
  throw SharedError(ErrorKind::divergence, "training step " + std::to_string(state_.step + 1) +
                                               ": " + what + " is " + std::to_string(value) +
                                               "; nothing was changed by this step, and " + saved +
                                               "; try a lower --learning-rate");
}

}  // namespace lockstep
