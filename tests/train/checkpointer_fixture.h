// SPDX-License-Identifier: Apache-2.0
// The state of a rank, and a run directory to save it in.
#pragma once

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "checkpoint/directory.h"
#include "model/init.h"
#include "support/temp_directory.h"
#include "support/tiny_run.h"
#include "train/checkpointer.h"

namespace lockstep::test {

inline ElementRange owned_range(const World& world, const ModelConfig& model) {
  return shard_range(parameter_layout(model).elements(), world.rank(), world.size());
}

// The model and optimizer of one rank. Values and moments follow from the seed; no two moments are
// equal.
struct Replica {
  Replica(const World& world, const RunConfig& config, std::uint64_t seed)
      : model(config.model),
        optimizer(model.parameters().layout(), config.optim, owned_range(world, config.model),
                  model.parameters().values()) {
    initialize(model.parameters(), config.model, seed);
    const ElementRange& range = optimizer.range();
    optimizer.exp_avg().copy_(
        at::arange(range.first, range.last, at::kFloat).mul_(static_cast<double>(seed)).sin_());
    optimizer.exp_avg_sq().copy_(optimizer.exp_avg().square());
    optimizer.set_steps(static_cast<std::int64_t>(seed));
  }
  Gpt model;
  AdamW optimizer;
};

inline SaveMoment epoch_moment(std::int64_t epoch) {
  return {.kind = SaveKind::epoch,
          .state = {.epoch = epoch, .step = 7 * epoch, .best_epoch = epoch},
          .old_best_loss = 9.0,
          .learning_rate = 1e-3};
}

class CheckpointerTest : public testing::Test {
 protected:
  CheckpointerTest() {
    config_.model.vocab_size = 256;
    CheckpointDirectory(config_.checkpoint.directory).open();
  }

  Checkpointer::Parts parts(Replica& replica, RunObserver& observer) {
    return parts(replica, observer, config_);
  }
  static Checkpointer::Parts parts(Replica& replica, RunObserver& observer,
                                   const RunConfig& config) {
    return {.config = config,
            .model = replica.model,
            .optimizer = replica.optimizer,
            .tokenizer = {"byte", ""},
            .made_by = {},
            .observer = observer};
  }
  static std::string failure_of_save(Checkpointer& checkpointer, std::int64_t epoch) {
    checkpointer.begin();
    checkpointer.wait_until_copied();
    checkpointer.write(epoch_moment(epoch));
    checkpointer.finish();
    return checkpointer.failure();
  }
  std::filesystem::path set(const std::string& name) const {
    return std::filesystem::path(config_.checkpoint.directory) / "shards" / name;
  }

  const TempDirectory temp_;
  RunConfig config_ = tiny_config(temp_.path());
};

}  // namespace lockstep::test
