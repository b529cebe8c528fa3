// SPDX-License-Identifier: Apache-2.0
// The corridor: walks the epochs and steps of a run, validates, decides which epoch is the best,
// and has it saved. What to train, on what and for how long is decided before.
#pragma once

#include <chrono>
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

enum class RunEnd { finished, nothing_to_do, interrupted };

class Trainer {
 public:
  // `state` is where the run stands: a default TrainState for a new one. All references must
  // outlive the trainer.
  Trainer(World& world, const RunConfig& config, const PreparedText& text, Gpt& model,
          TrainingStep& step, Checkpointer& checkpointer, RunObserver& observer, TrainState state);

  // COLLECTIVE. Trains to the end of the run. Throws SharedError(divergence) naming the step if the
  // loss is no longer a finite number.
  RunEnd run();

  const TrainState& state() const { return state_; }

 private:
  using Clock = std::chrono::steady_clock;
  // What the steps of the epoch so far came to.
  struct EpochProgress {
    std::int64_t steps = 0;  // planned
    std::int64_t steps_done = 0;
    std::int64_t sequences = 0;
    double loss_sum = 0.0;  // over the sequences
    Clock::time_point started = Clock::now();
    double average_loss() const { return loss_sum / static_cast<double>(sequences); }
  };

  bool run_epoch(std::int64_t steps);  // false: asked to stop before its end
  NextWindows windows_of_epoch(std::int64_t steps) const;
  void report_step(const StepPlan& plan, const StepResult& result, const EpochProgress& progress,
                   double step_seconds);
  void finish_epoch(const EpochProgress& progress);
  double learning_rate_now() const;
  [[noreturn]] void fail_diverged(const std::string& what, double value) const;

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
};

}  // namespace lockstep
