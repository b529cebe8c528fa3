// SPDX-License-Identifier: Apache-2.0
#include "train/restore.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "checkpoint/directory.h"
#include "store/open_checkpoint.h"
#include "support/temp_directory.h"
#include "support/thread_world.h"
#include "support/tiny_run.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

void flip_a_bit(const fs::path& file, std::int64_t offset) {
  std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
  stream.seekg(offset);
  const char byte = static_cast<char>(stream.get() ^ 1);
  stream.seekp(offset);
  stream.put(byte);
}

TEST(Restore, ADamagedShardFailsEveryRankByName) {
  const test::TempDirectory temp;
  RunConfig config = test::tiny_config(temp.path());
  config.train.max_steps = 2;
  test::run_tiny(config);
  const fs::path set = fs::path(config.checkpoint.directory) / "shards" / "epoch_0001";
  const fs::path shard = set / "shard_00000_of_00001.h5";
  flip_a_bit(shard, static_cast<std::int64_t>(fs::file_size(shard)) / 2);
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

TEST(Restore, TheModelOfAnotherSizeIsRefused) {
  const test::TempDirectory temp;
  RunConfig config = test::tiny_config(temp.path());
  config.train.max_steps = 1;
  test::run_tiny(config);
  const fs::path file = fs::path(config.checkpoint.directory) / "latest.pt";
  test::run_ranks(1, [&](test::ThreadWorld& world) {
    test::ThreadCollectives collectives(world);
    ModelConfig other = open_checkpoint(file).model;
    other.n_layer += 1;
    Gpt model(other);
    EXPECT_THROW(restore_parameters(world, collectives, file, model), DamagedCheckpoint);
  });
}

}  // namespace
}  // namespace lockstep
