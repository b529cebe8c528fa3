// SPDX-License-Identifier: Apache-2.0
// The corridor: walks the epochs and steps of a run, validates, decides which epoch is the best,
// and has it saved. What to train, on what and for how long is decided before.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "batches/batch_stream.h"
#include "batches/sample_order.h"
#include "checkpoint/train_state.h"
#include "comm/world.h"
#include "config/run_config.h"
#include "train/checkpointer.h"
#include "train/epoch_plan.h"
#include "train/prepared_text.h"
#include "train/run_observer.h"
#include "train/training_step.h"

namespace lockstep {

// The lanes that every batch of the run is cut into.
LanePlan lane_plan(const RunConfig& config);

// `out_of_time`: stopped by the time limit, and by no signal to any rank.
enum class RunEnd { finished, nothing_to_do, stopped, out_of_time };

class Trainer {
 public:
  // `state` is where the run stands: a default TrainState for a new one. All references must
  // outlive the trainer.
  Trainer(World& world, const RunConfig& config, const PreparedText& text, Gpt& model,
          TrainingStep& step, Checkpointer& checkpointer, RunObserver& observer, TrainState state);

  // COLLECTIVE. Trains to the end of the run, or until a rank is asked to stop; where it ends is
  // saved. A step whose loss or gradient is no finite number is skipped and warned of; throws
  // SharedError(divergence) naming it if there are too many in a row, and SharedError(checkpoint)
  // if the last save failed, or one that is to end the run. A save in progress is finished first.
  RunEnd run();

  const TrainState& state() const { return state_; }

 private:
  using Clock = std::chrono::steady_clock;
  // What the report of an epoch needs and a resume does not.
  struct EpochProgress {
    std::int64_t steps = 0;  // in the whole epoch
    std::int64_t steps_done = 0;
    Clock::time_point started = Clock::now();
  };

  RunEnd walk();
  RunEnd why_stopped() const;
  bool run_epoch();  // false: asked to stop before its end
  void make_step(BatchStream& batches, EpochProgress& progress, StepSignals& heard);
  void count_skipped(const StepPlan& plan, const StepResult& result);
  void report_step(const StepPlan& plan, const StepResult& result, const EpochProgress& progress,
                   double step_seconds);
  bool finish_epoch(const EpochProgress& progress);  // the same
  StepSignals own_signals() const;
  bool is_save_due(const StepSignals& heard) const;
  void begin_save();
  void save_within_epoch();
  void write_within_epoch();
  void save_and_stop(bool no_time);
  bool is_told_to_stop(double step_seconds) const;
  bool clock_says_save() const;
  bool is_check_due() const;
  double average_loss() const {
    return state_.cursor_loss_sum / static_cast<double>(state_.cursor - state_.cursor_skipped);
  }
  double learning_rate_now() const;
  [[noreturn]] void fail_diverged(const std::string& found);
  [[noreturn]] void fail_unsaved() const;

  World& world_;
  const RunConfig& config_;
  const PreparedText& text_;
  Gpt& model_;
  TrainingStep& step_;
  Checkpointer& checkpointer_;
  RunObserver& observer_;
  const EpochPlan plan_;
  const LanePlan lanes_;
  const SampleOrder order_;
  TrainState state_;
  const std::int64_t total_steps_;  // as of the start of this process: what lies ahead is known
  // The best epoch so far, while its save is going on. Should that fail, it is on no disk, and what
  // comes after is compared with the best before. Its step does not tell: a stop within the
  // validation has saved that already.
  struct BestAtStake {
    std::string newest_before;
    double loss_before = 0.0;
    std::int64_t epoch_before = 0;
  };
  std::optional<BestAtStake> best_at_stake_;
  Clock::time_point last_save_ = Clock::now();
  double last_step_seconds_ = 0.0;
  std::int64_t skipped_in_a_row_ = 0;  // by this process
};

}  // namespace lockstep
