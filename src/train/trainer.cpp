// SPDX-License-Identifier: Apache-2.0
#include "train/trainer.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/log.h"
#include "base/sentence.h"
#include "config/problems.h"
#include "optim/learning_rate.h"
#include "train/evaluation.h"
#include "train/lane_windows.h"
#include "train/stop_request.h"

namespace lockstep {
namespace {

// Between two moments of a validation at which the ranks ask each other, where no batch takes
// longer. Before the first batch a step is what is known of how long things take.
constexpr double kUsualPause = 1.0;

// Without the sign of a NaN, which means nothing.
std::string value_text(double number) {
  return std::isnan(number) ? "nan" : std::to_string(number);
}

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
      state_(std::move(state)),
      total_steps_(plan_.total_steps_from(state_.epoch, state_.cursor, state_.step)) {}

RunEnd Trainer::run() {
  RunEnd end = RunEnd::finished;
  try {
    end = walk();
  } catch (const SharedError&) {
    checkpointer_.finish();  // every rank is here, and what is being saved is still good
    throw;
  }
  checkpointer_.finish_run();
  if (!checkpointer_.failure().empty()) fail_unsaved();
  return end;
}

RunEnd Trainer::walk() {
  RunEnd end = RunEnd::nothing_to_do;
  while (state_.epoch < config_.train.epochs &&
         (plan_.steps_left(state_.cursor, state_.step) > 0 || state_.cursor > 0)) {
    if (!run_epoch()) return why_stopped();
    end = RunEnd::finished;
  }
  return end;
}

// COLLECTIVE. A signal may have come to another rank alone.
RunEnd Trainer::why_stopped() const {
  const StepSignals heard = agree(world_, {.stop = stop_requested()});
  return heard.stop ? RunEnd::stopped : RunEnd::out_of_time;
}

// An epoch that was saved when all its steps were made has only its validation left.
bool Trainer::run_epoch() {
  if (const StepSignals heard = agree(world_, own_signals()); heard.stop) {
    save_and_stop(heard.no_time);
    return false;
  }
  const std::int64_t steps = plan_.steps_left(state_.cursor, state_.step);
  const std::int64_t before = plan_.steps_in_full_epoch() - plan_.steps_from(state_.cursor);
  EpochProgress progress{.steps = before + steps, .steps_done = before};
  BatchStream batches(
      text_.train, text_.split.train,
      lane_windows(order_, plan_, lanes_, lanes_.lanes_of(world_.rank(), world_.size()),
                   {.epoch = state_.epoch, .cursor = state_.cursor, .steps = steps}),
      model_.parameters().is_on_gpu() ? BatchMemory::pinned : BatchMemory::host);
  observer_.epoch_started(state_.epoch + 1, progress.steps, before);
  while (progress.steps_done < progress.steps) {
    StepSignals heard;
    make_step(batches, progress, heard);
    if (heard.give_up) {
      checkpointer_.finish();
      fail_unsaved();
    }
    if (heard.stop) {
      save_and_stop(heard.no_time);
      return false;
    }
    const bool is_last = progress.steps_done == progress.steps;
    if (!is_last && is_save_due(heard)) save_within_epoch();
  }
  return finish_epoch(progress);
}

// Whether this rank is. The clock is that of rank 0.
bool Trainer::is_told_to_stop(double step_seconds) const {
  return stop_requested() ||
         (world_.rank() == 0 &&
          is_time_to_stop(time_left(), step_seconds, checkpointer_.expected_seconds()));
}

StepSignals Trainer::own_signals() const {
  const bool decides = world_.rank() == 0;
  return {.stop = is_told_to_stop(last_step_seconds_),
          .save_due = decides && clock_says_save(),
          .give_up = checkpointer_.wants_to_end(),
          .no_time = decides && checkpointer_.is_saving() &&
                     is_too_late_to_save(time_left(),
                                         last_step_seconds_ + checkpointer_.expected_seconds())};
}

// COLLECTIVE.
void Trainer::save_and_stop(bool no_time) {
  checkpointer_.finish();
  if (!no_time && checkpointer_.saved_step() != state_.step) save_within_epoch();
}

void Trainer::make_step(BatchStream& batches, EpochProgress& progress, StepSignals& heard) {
  checkpointer_.poll();
  const StepPlan plan{.step = state_.step,
                      .sequences = plan_.sequences_at(state_.cursor),
                      .learning_rate = learning_rate_now(),
                      .checks_lockstep = is_check_due()};
  const Clock::time_point started = Clock::now();
  const StepResult result =
      step_.run(plan, batches, own_signals(),
                {.in_between = [this] { checkpointer_.poll(); },
                 .before_update = [this] { checkpointer_.wait_until_copied(); }});
  skipped_in_a_row_ = result.skipped_in_a_row;
  if (result.updated) {
    state_.cursor_loss_sum += result.loss * static_cast<double>(plan.sequences);
  } else {
    count_skipped(plan, result);
  }
  ++state_.step;
  ++progress.steps_done;
  state_.cursor += plan.sequences;
  heard = result.signals;
  const double seconds = seconds_since(started);
  last_step_seconds_ = seconds;
  report_step(plan, result, progress, seconds);
}

// Another batch may do better with the same parameters.
void Trainer::count_skipped(const StepPlan& plan, const StepResult& result) {
  const std::int64_t step = state_.step + 1;
  const std::string found = std::isfinite(result.loss)
                                ? sentence("training step {0}: the gradient norm is {1}",
                                           {step, value_text(result.gradient_norm)})
                                : sentence("training step {0}: the training loss is {1}",
                                           {step, value_text(result.loss)});
  if (skipped_in_a_row_ >= config_.train.max_skipped_steps)
    fail_diverged(skipped_in_a_row_ > 1
                      ? sentence("{0}; nothing was changed by this step, the last of {1} in a row",
                                 {found, skipped_in_a_row_})
                      : sentence("{0}; nothing was changed by this step", {found}));
  ++state_.skipped_steps;
  state_.cursor_skipped += plan.sequences;
  if (world_.rank() == 0)
    log_warning(
        sentence("{0}; the step is skipped, and nothing is changed by it ({1} in a row; {2} would "
                 "end the run)",
                 {found, skipped_in_a_row_, config_.train.max_skipped_steps}));
}

void Trainer::report_step(const StepPlan& plan, const StepResult& result,
                          const EpochProgress& progress, double step_seconds) {
  const auto tokens = static_cast<double>(plan.sequences * model_.config().block_size);
  observer_.step_done({.step = state_.step,
                       .epoch = state_.epoch + 1,
                       .step_in_epoch = progress.steps_done,
                       .steps_in_epoch = progress.steps,
                       .loss = result.loss,
                       .average_loss = average_loss(),
                       .learning_rate = plan.learning_rate,
                       .gradient_norm = result.gradient_norm,
                       .skipped_steps = state_.skipped_steps,
                       .tokens_per_second = tokens / step_seconds,
                       .seconds = seconds_since(progress.started),
                       .step_seconds = step_seconds,
                       .save_stall_seconds = checkpointer_.take_stall_seconds()});
}

// An epoch whose validation is broken off keeps that for the resume.
bool Trainer::finish_epoch(const EpochProgress& progress) {
  const double rate = learning_rate_now();
  begin_save();  // parameters and moments do not change while validating
  const std::optional<double> loss = validation_loss(
      world_, model_, text_.validation_tokens(), text_.split.validation,
      [this](double pause) {
        return is_told_to_stop(std::max(pause > 0.0 ? pause : last_step_seconds_, kUsualPause));
      },
      sequences_at_once(lanes_, model_.parameters().is_on_gpu()));
  if (!loss) {
    if (checkpointer_.saved_step() != state_.step) write_within_epoch();
    return false;
  }
  const double val_loss = *loss;
  if (skipped_in_a_row_ > 0 && !std::isfinite(val_loss))
    fail_diverged(
        sentence("epoch {0}: the validation loss is {1} after {2} skipped steps; it is not saved",
                 {state_.epoch + 1, value_text(val_loss), skipped_in_a_row_}));
  const double old_best_loss = state_.best_loss;
  ++state_.epoch;
  state_.train_loss = average_loss();
  state_.cursor = 0;
  state_.cursor_skipped = 0;
  state_.cursor_loss_sum = 0.0;
  state_.val_loss = val_loss;
  if (val_loss < old_best_loss) {  // never true for NaN
    best_at_stake_ = {.newest_before = checkpointer_.newest(),
                      .loss_before = old_best_loss,
                      .epoch_before = state_.best_epoch};
    state_.best_loss = val_loss;
    state_.best_epoch = state_.epoch;
  }
  state_.history.train_loss.push_back(state_.train_loss);
  state_.history.val_loss.push_back(val_loss);
  state_.history.epochs.push_back(state_.epoch);
  const bool is_last =
      state_.epoch >= config_.train.epochs || plan_.steps_left(0, state_.step) == 0;
  checkpointer_.write({.kind = is_last ? SaveKind::last_epoch : SaveKind::epoch,
                       .state = state_,
                       .old_best_loss = old_best_loss,
                       .learning_rate = rate});
  last_save_ = Clock::now();
  observer_.epoch_done({.epoch = state_.epoch,
                        .epochs = config_.train.epochs,
                        .seconds = seconds_since(progress.started),
                        .train_loss = state_.train_loss,
                        .val_loss = val_loss});
  return true;
}

bool Trainer::is_save_due(const StepSignals& heard) const {
  // What was skipped for may be the parameters, and a good checkpoint would have to go for them.
  if (skipped_in_a_row_ > 0) return false;
  const std::int64_t every = config_.checkpoint.save_every_steps;
  return heard.save_due || (every > 0 && state_.step % every == 0);
}

bool Trainer::is_check_due() const {
  const std::int64_t every = config_.train.check_lockstep;
  return every > 0 && (state_.step + 1) % every == 0;
}

bool Trainer::clock_says_save() const {
  const double minutes = config_.checkpoint.save_every_minutes;
  constexpr double kSecondsInAMinute = 60.0;
  return minutes > 0.0 && seconds_since(last_save_) >= minutes * kSecondsInAMinute;
}

// The wait for the save before may show that it has failed. A next one that succeeds would hide it.
void Trainer::begin_save() {
  step_.await_update();
  checkpointer_.begin();
  if (checkpointer_.wants_to_end()) fail_unsaved();
  if (best_at_stake_ && checkpointer_.newest() == best_at_stake_->newest_before) {
    state_.best_loss = best_at_stake_->loss_before;
    state_.best_epoch = best_at_stake_->epoch_before;
  }
  best_at_stake_.reset();
}

void Trainer::save_within_epoch() {
  begin_save();
  write_within_epoch();
}

void Trainer::write_within_epoch() {
  checkpointer_.write({.kind = SaveKind::within_epoch,
                       .state = state_,
                       .old_best_loss = state_.best_loss,
                       .learning_rate = learning_rate_now()});
  last_save_ = Clock::now();
}

double Trainer::learning_rate_now() const {
  return learning_rate(config_.optim, state_.step, total_steps_);
}

// COLLECTIVE. What is being saved is still good, and worth naming.
void Trainer::fail_diverged(const std::string& found) {
  checkpointer_.finish();
  const std::string& newest = checkpointer_.newest();
  throw SharedError(
      ErrorKind::divergence,
      newest.empty()
          ? sentence("{0}, and no checkpoint was saved before it; try a lower --learning-rate",
                     {found})
          : sentence("{0}, and the last good checkpoint is {1}; try a lower --learning-rate",
                     {found, newest}));
}

void Trainer::fail_unsaved() const {
  const std::string before = checkpointer_.newest().empty()
                                 ? sentence("no checkpoint of this run was saved")
                                 : sentence("the last checkpoint is {0}", {checkpointer_.newest()});
  throw SharedError(ErrorKind::checkpoint, checkpointer_.failure() + "; " + before);
}

}  // namespace lockstep
