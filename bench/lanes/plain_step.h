// SPDX-License-Identifier: Apache-2.0
// The step that data-parallel trainers make when nobody asks for equal bits: one pass over the
// rank's part of the batch, MPI_Allreduce of all gradients, clipping, and AdamW over all parameters
// on every rank. The peer that the exact step is measured beside.
#pragma once

#include <ATen/core/Tensor.h>

#include "batches/batch_stream.h"
#include "config/run_config.h"
#include "model/gpt.h"

namespace lockstep::bench {

class PlainStep {
 public:
  // `model` must outlive the step.
  PlainStep(Gpt& model, const OptimConfig& config, int world_size);

  // COLLECTIVE. One update from one batch of this rank; `targets`: in the batch of all ranks.
  void run(const Batch& batch, double targets);

 private:
  void clip();

  Gpt& model_;
  const OptimConfig config_;
  const int world_size_;
  at::Tensor exp_avg_, exp_avg_sq_;
  std::int64_t steps_ = 0;
};

}  // namespace lockstep::bench
