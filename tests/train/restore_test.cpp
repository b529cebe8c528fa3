// SPDX-License-Identifier: Apache-2.0
#include "train/restore.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <functional>
#include <string>
#include <vector>

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
      restore_run(world, collectives, set, 2, model, optimizer);
      ADD_FAILURE() << "rank " << world.rank() << " did not throw";
    } catch (const DamagedCheckpoint& error) {
      EXPECT_THAT(error.what(), HasSubstr("shard_00000_of_00001.h5"));
    }
  });
}

// A run that goes on moves a name between two ranks' looks at it, or one host still sees the old.
TEST(Restore, RanksThatFindDifferentCheckpointsUnderOneNameAreToldOfBoth) {
  const test::TempDirectory temp;
  RunConfig config = test::tiny_config(temp.path());
  config.train.epochs = 2;
  test::run_tiny(config);
  const fs::path folder = config.checkpoint.directory;
  for (const std::string form : {"model_epoch_{}.pt", "shards/epoch_000{}"}) {
    const auto path_of = [&](int epoch) {
      return folder / std::string(form).replace(form.find("{}"), 2, std::to_string(epoch));
    };
    test::run_ranks(2, [&](test::ThreadWorld& world) {
      test::ThreadCollectives collectives(world);
      Gpt model(open_checkpoint(path_of(1)).model);
      const FlatLayout& layout = model.parameters().layout();
      AdamW optimizer(layout, config.optim, shard_range(layout.elements(), world.rank(), 2),
                      model.parameters().values());
      try {
        restore_run(world, collectives, path_of(world.rank() + 1), 1, model, optimizer);
        ADD_FAILURE() << "rank " << world.rank() << " did not throw";
      } catch (const DamagedCheckpoint&) {
        ADD_FAILURE() << "neither is damaged";
      } catch (const SharedError& error) {
        EXPECT_EQ(error.kind(), ErrorKind::checkpoint);
        EXPECT_THAT(error.what(), HasSubstr("rank 1 finds " + open_checkpoint(path_of(2)).root));
        EXPECT_THAT(error.what(), HasSubstr("rank 0 " + open_checkpoint(path_of(1)).root));
      }
    });
  }
}

TEST(Restore, WeightsAreThoseThatRankZeroFindsUnderTheName) {
  const test::TempDirectory temp;
  RunConfig config = test::tiny_config(temp.path());
  config.train.epochs = 2;
  test::run_tiny(config);
  const fs::path folder = config.checkpoint.directory;
  std::vector<at::Tensor> found(2);
  test::run_ranks(2, [&](test::ThreadWorld& world) {
    test::ThreadCollectives collectives(world);
    Gpt model(open_checkpoint(folder / "shards" / "latest").model);
    const char* const name = world.rank() == 0 ? "latest" : "epoch_0001";
    restore_parameters(world, collectives, folder / "shards" / name, model);
    found[static_cast<std::size_t>(world.rank())] = model.parameters().values().clone();
  });
  EXPECT_TRUE(at::equal(found[0], found[1]));
}

TEST(Restore, ARunGoesOnFromTheCheckpointThatWasChosenOrNotAtAll) {
  const test::TempDirectory temp;
  RunConfig config = test::tiny_config(temp.path());
  config.train.max_steps = 2;
  test::run_tiny(config);
  const fs::path file = fs::path(config.checkpoint.directory) / "latest.pt";
  test::run_ranks(2, [&](test::ThreadWorld& world) {
    test::ThreadCollectives collectives(world);
    Gpt model(open_checkpoint(file).model);
    const FlatLayout& layout = model.parameters().layout();
    AdamW optimizer(layout, config.optim, shard_range(layout.elements(), world.rank(), 2),
                    model.parameters().values());
    try {
      restore_run(world, collectives, file, 1, model, optimizer);
      ADD_FAILURE() << "rank " << world.rank() << " did not throw";
    } catch (const DamagedCheckpoint&) {
      ADD_FAILURE() << "it is not damaged";
    } catch (const SharedError& error) {
      EXPECT_THAT(error.what(),
                  HasSubstr("it was saved after 2 updates, the one to resume from after 1;"));
    }
    restore_run(world, collectives, file, 2, model, optimizer);
    EXPECT_EQ(optimizer.steps(), 2);
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
