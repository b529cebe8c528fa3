// SPDX-License-Identifier: Apache-2.0
// What a run tells while it goes on. The trainer knows nobody who shows it: the front door connects
// an observer on rank 0, the other ranks keep this silent one.
#pragma once

#include <cstdint>
#include <string>

#include "checkpoint/published.h"

namespace lockstep {

// What is about to be trained, known once the text is prepared.
struct RunSummary {
  std::string model_name;
  std::int64_t parameters = 0;
  std::string workplace;  // "NVIDIA H100 80GB HBM3, bf16, flash attention"; empty: processors
  int ranks = 1;
  std::int64_t batch_size = 0;  // sequences
  std::int64_t lanes = 0;
  std::int64_t train_windows = 0;
  std::int64_t steps_per_epoch = 0;
  std::int64_t total_steps = 0;  // of the whole run
  std::int64_t warmup_steps = 0;
  std::string start_file;  // the checkpoint it starts from; empty for a fresh start
  std::int64_t epoch = 0;  // completed before
  std::int64_t step = 0;   // made before
  // What a GPU has to do for a token, 6 N and 12 L C T operations, how many tokens of a step, and
  // what it can do: 10^12 operations a second; 0: not known.
  double parameter_flops = 0.0;
  double attention_flops = 0.0;
  double tokens_of_gpu = 0.0;
  double peak_tflops = 0.0;
};

struct StepReport {
  std::int64_t step = 0;           // optimizer steps made in the whole run, this one included
  std::int64_t epoch = 0;          // counted from 1
  std::int64_t step_in_epoch = 0;  // counted from 1
  std::int64_t steps_in_epoch = 0;
  double loss = 0.0;          // mean over the targets of the batch, before the update
  double average_loss = 0.0;  // mean over the targets of the epoch so far
  double learning_rate = 0.0;
  double gradient_norm = 0.0;      // before clipping
  std::int64_t skipped_steps = 0;  // in the whole run, without a finite gradient
  double tokens_per_second = 0.0;
  double seconds = 0.0;  // since the epoch began
  double step_seconds = 0.0;
  double save_stall_seconds = 0.0;  // of them, waiting for a save
};

struct EpochSummary {
  std::int64_t epoch = 0;
  std::int64_t epochs = 0;  // of the whole run
  double seconds = 0.0;     // training and validation
  double train_loss = 0.0;
  double val_loss = 0.0;
};

struct SaveReport {
  std::int64_t step = 0;       // that was saved
  double stall_seconds = 0.0;  // that training waited for it
  double seconds = 0.0;        // from the moment whose state it holds to its commit
  double write_seconds = 0.0;  // of them, without the validation of an epoch before the writing
};

// THREADS: called on the thread that trains.
class RunObserver {
 public:
  virtual ~RunObserver() = default;
  virtual void text_preparation_started() {}
  virtual void run_started(const RunSummary& /*summary*/) {}
  // An epoch of `steps` steps begins, `done` of which an earlier process has made.
  virtual void epoch_started(std::int64_t /*epoch*/, std::int64_t /*steps*/,
                             std::int64_t /*done*/) {}
  virtual void step_done(const StepReport& /*report*/) {}
  virtual void epoch_done(const EpochSummary& /*summary*/) {}
  // A checkpoint was committed: it survives whatever happens now.
  virtual void published(const Published& /*published*/, const SaveReport& /*report*/) {}
};

}  // namespace lockstep
