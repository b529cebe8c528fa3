// SPDX-License-Identifier: Apache-2.0
// One optimizer update over the lanes of one batch.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "batches/batch_stream.h"
#include "lanes/lane_plan.h"
#include "model/gpt.h"
#include "optim/adamw.h"
#include "train/gradients.h"
#include "train/lane_pass.h"
#include "train/update.h"

namespace lockstep {

struct StepPlan {
  std::int64_t step = 0;       // made before this one, skipped ones too: the key of its dropout
  std::int64_t sequences = 0;  // in the whole batch, over all ranks
  double learning_rate = 0.0;
  bool checks_lockstep = false;  // compare the parameters of all ranks before they change
};

// What a rank tells the others with every step. All hear what any of them says.
struct StepSignals {
  bool stop = false;      // asked to stop
  bool save_due = false;  // it is time to save
  bool give_up = false;   // a save failed, which is to end the run
  bool no_time = false;   // to save anew: what is being saved must do
};

// COLLECTIVE. What any of the ranks says: where no step comes that would ask.
StepSignals agree(World& world, const StepSignals& mine);

// What others do within a step. They must not wait for other ranks.
struct StepHooks {
  std::function<void()> in_between;     // now and then: a step may be long
  std::function<void()> before_update;  // parameters and moments are about to change
};

struct StepResult {
  double loss = 0.0;           // mean over the targets of the whole batch, the same on every rank
  double gradient_norm = 0.0;  // before clipping
  // False if loss or norm is no finite number: the step was skipped, and has changed nothing.
  bool updated = false;
  std::int64_t skipped_in_a_row = 0;  // steps, up to this one
  StepSignals signals;                // of all ranks together
};

class TrainingStep {
 public:
  // COLLECTIVE. All references must outlive the step. `optimizer` updates what this rank owns of
  // the parameters: shard_range() of them. `clip_norm` 0: no clipping.
  TrainingStep(const Ways& ways, Gpt& model, AdamW& optimizer, LanePlan lanes, double clip_norm,
               std::uint64_t seed);

  // COLLECTIVE. Takes one batch from `batches` for each lane of this rank that has sequences.
  // Afterwards every rank has all the new parameters. Throws SharedError(out_of_step) if a
  // comparison finds that they were not the same.
  StepResult run(const StepPlan& plan, BatchStream& batches, const StepSignals& signals,
                 const StepHooks& hooks);

  // Whoever reads or changes the state after a step, or waits for a GPU, calls this before: the
  // update is still going on there, and it would be waited for without a limit where a rank that it
  // comes from is gone. Throws Error(communication) then.
  void await_update();

 private:
  std::vector<at::Tensor> run_lanes(const StepPlan& plan, BatchStream& batches,
                                    const StepHooks& hooks);
  void finish_gradients(bool is_without_lanes);
  void fold(const LaneFold::Step& step, std::int64_t first);
  void sum_up(const StepPlan& plan, const StepSignals& signals,
              const std::vector<at::Tensor>& losses);
  StepResult result();

  World& world_;
  Gpt& model_;
  const LanePlan lanes_;
  const double clip_norm_;
  const std::uint64_t seed_;
  const std::unique_ptr<Gradients> gradients_;
  const std::unique_ptr<LanePass> pass_;
  const std::unique_ptr<Update> update_;
  // Where the gradients are, in one place for all steps: the optimizer may still read the numbers
  // when the next step begins.
  at::Tensor terms_;
  const at::Tensor numbers_;
  std::int64_t folded_ = 0;  // the elements from here on of the lane in progress are folded
};

}  // namespace lockstep
