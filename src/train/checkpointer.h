// SPDX-License-Identifier: Apache-2.0
// Saves the state of a run at the end of an epoch, and gives a new process the state of a file.
#pragma once

#include <filesystem>

#include "checkpoint/directory.h"
#include "checkpoint/train_state.h"
#include "comm/collectives.h"
#include "comm/world.h"
#include "config/run_config.h"
#include "export/training_file.h"
#include "model/gpt.h"
#include "optim/adamw.h"

namespace lockstep {

class Checkpointer {
 public:
  // All references must outlive the checkpointer.
  Checkpointer(World& world, const RunConfig& config, Gpt& model, AdamW& optimizer,
               StoredTokenizer tokenizer);

  // COLLECTIVE. Publishes the completed epoch of `state`; rank 0 decides and writes. What was
  // published is known on rank 0 only. Throws SharedError(checkpoint).
  Published save(const TrainState& state, double old_best_loss, double learning_rate);

  // The newest file that a resume would find.
  std::filesystem::path latest_file() const;

 private:
  void write(const std::filesystem::path& file, const TrainState& state,
             double learning_rate) const;

  World& world_;
  const RunConfig& config_;
  Gpt& model_;
  AdamW& optimizer_;
  StoredTokenizer tokenizer_;
  CheckpointDirectory directory_;
};

// COLLECTIVE. Rank 0 reads the parameters of a training file, every rank gets them.
void restore_parameters(World& world, Collectives& collectives, const std::filesystem::path& file,
                        Gpt& model);

// COLLECTIVE. The same for the optimizer's moments and its count of steps.
void restore_optimizer(World& world, Collectives& collectives, const std::filesystem::path& file,
                       const FlatLayout& layout, AdamW& optimizer);

}  // namespace lockstep
