// SPDX-License-Identifier: Apache-2.0
#include "train/restore.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <functional>
#include <string>

#include "checkpoint/directory.h"
#include "store/open_checkpoint.h"
#include "support/flip_bit.h"
#include "support/temp_directory.h"
#include "support/thread_world.h"
#include "support/tiny_run.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

TEST(Restore, ADamagedShardFailsEveryRankByName) {
  const test::TempDirectory temp;
  RunConfig config = test::tiny_config(temp.path());
  config.train.max_steps = 2;
  test::run_tiny(config);
  const fs::path set = fs::path(config.checkpoint.directory) / "shards" / "epoch_0001";
  const fs::path shard = set / "shard_00000_of_00001.h5";
  test::flip_bit_at(shard, static_cast<std::int64_t>(fs::file_size(shard)) / 2);
  test::run_ranks(2, [&](test::ThreadWorld& world) {
    test::ThreadCollectives collectives(world);
    Gpt model(open_checkpoint(set).model);
    const FlatLayout& layout = model.parameters().layout();
    AdamW optimizer(layout, config.optim, shard_range(layout.elements(), world.rank(), 2),
                    model.parameters().values());
    try {
      restore_run(world, collectives, set, model, optimizer);
      ADD_FAILURE() << "rank " << world.rank() << " did not throw";
    } catch (const DamagedCheckpoint& error) {
      EXPECT_THAT(error.what(), HasSubstr("shard_00000_of_00001.h5"));
    }
  });
}

TEST(Restore, TheModelOfAnotherSizeIsRefusedWithTheFirstDifference) {
  const test::TempDirectory temp;
  RunConfig config = test::tiny_config(temp.path());
  config.train.max_steps = 1;
  test::run_tiny(config);
  const fs::path file = fs::path(config.checkpoint.directory) / "latest.pt";
  const auto refusal_of = [&](const std::function<void(ModelConfig&)>& change) {
    std::string found;
    test::run_ranks(1, [&](test::ThreadWorld& world) {
      test::ThreadCollectives collectives(world);
      ModelConfig other = open_checkpoint(file).model;
      change(other);
      Gpt model(other);
      try {
        restore_parameters(world, collectives, file, model);
      } catch (const DamagedCheckpoint& error) {
        found = error.what();
      }
    });
    return found;
  };
  const std::string next = "transformer.h." + std::to_string(config.model.n_layer) + ".ln_1.weight";
  EXPECT_THAT(refusal_of([](ModelConfig& model) { ++model.n_layer; }),
              HasSubstr("there is no " + next));
  EXPECT_THAT(refusal_of([](ModelConfig& model) { model.block_size *= 2; }),
              HasSubstr("transformer.wpe.weight is ["));
  EXPECT_THAT(refusal_of([](ModelConfig& model) { model.bias = false; }),
              HasSubstr("the model has no transformer.h.0.ln_1.bias"));
}

}  // namespace
}  // namespace lockstep
