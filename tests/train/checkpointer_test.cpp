// SPDX-License-Identifier: Apache-2.0
#include "train/checkpointer.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "base/error.h"
#include "model/init.h"
#include "support/temp_directory.h"
#include "support/thread_world.h"
#include "support/tiny_run.h"

namespace lockstep {
namespace {

// The model and optimizer of one rank, with values of its own.
struct Replica {
  explicit Replica(const RunConfig& config, std::uint64_t seed)
      : model(config.model),
        optimizer(model.parameters().layout(), config.optim, model.parameters().values(),
                  model.parameters().gradients()) {
    initialize(model.parameters(), config.model, seed);
    optimizer.exp_avg().fill_(0.25 * static_cast<double>(seed));
    optimizer.exp_avg_sq().fill_(0.5 * static_cast<double>(seed));
    optimizer.set_steps(static_cast<std::int64_t>(seed));
  }
  Gpt model;
  AdamW optimizer;
};

RunConfig config_in(const test::TempDirectory& temp) {
  RunConfig config = test::tiny_config(temp.path());
  config.model.vocab_size = 256;
  CheckpointDirectory(config.checkpoint.directory).open();
  return config;
}

TEST(Checkpointer, WhatRankZeroSavedEveryRankOfAnotherWorldGets) {
  const test::TempDirectory temp;
  const RunConfig config = config_in(temp);
  Replica saved(config, /*seed=*/7);
  std::filesystem::path file;
  test::run_ranks(2, [&](World& world) {
    Replica other(config, /*seed=*/1);
    Replica& mine = world.rank() == 0 ? saved : other;
    Checkpointer checkpointer(world, config, mine.model, mine.optimizer, {"byte", ""});
    checkpointer.save({.epoch = 1, .step = 7, .best_epoch = 1}, 9.0, 1e-3);
    if (world.rank() == 0) file = checkpointer.latest_file();
  });
  test::run_ranks(3, [&](test::ThreadWorld& world) {
    test::ThreadCollectives collectives(world);
    Replica fresh(config, /*seed=*/static_cast<std::uint64_t>(world.rank()) + 20);
    restore_parameters(world, collectives, file, fresh.model);
    restore_optimizer(world, collectives, file, fresh.model.parameters().layout(), fresh.optimizer);
    EXPECT_TRUE(fresh.model.parameters().values().equal(saved.model.parameters().values()));
    EXPECT_TRUE(fresh.optimizer.exp_avg().equal(saved.optimizer.exp_avg()));
    EXPECT_TRUE(fresh.optimizer.exp_avg_sq().equal(saved.optimizer.exp_avg_sq()));
    EXPECT_EQ(fresh.optimizer.steps(), 7);
  });
}

TEST(Checkpointer, AFailureOfRankZeroFailsEveryRank) {
  const test::TempDirectory temp;
  RunConfig config = config_in(temp);
  config.checkpoint.directory = (temp / "missing").string();
  test::run_ranks(3, [&](World& world) {
    Replica replica(config, 1);
    Checkpointer checkpointer(world, config, replica.model, replica.optimizer, {"byte", ""});
    EXPECT_THROW(checkpointer.save({.epoch = 1}, 9.0, 1e-3), SharedError);
  });
}

}  // namespace
}  // namespace lockstep
