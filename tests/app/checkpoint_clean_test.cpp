// SPDX-License-Identifier: Apache-2.0
#include "app/checkpoint_clean.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/saved_run.h"
#include "support/flip_bit.h"
#include "support/temp_directory.h"

namespace lockstep::test {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::string> names_of(const std::vector<PublishedFile>& files) {
  std::vector<std::string> names;
  names.reserve(files.size());
  for (const PublishedFile& file : files) names.push_back(file.name);
  return names;
}

// Five epochs, the second of them the best: that is what small_run() says.
class CleanCheckpoints : public testing::Test {
 protected:
  CleanCheckpoints() {
    for (std::int64_t epoch = 1; epoch <= 5; ++epoch)
      save_run(folder.path(), run_at_epoch(epoch), 1);
  }
  CleanResult clean(std::int64_t keep, CleanMode mode) const {
    return clean_checkpoints(CheckpointDirectory(folder.path()), keep, mode);
  }
  const TempDirectory folder;
};

TEST_F(CleanCheckpoints, RemovesOldFilesAndSetsButNotTheBest) {
  const CleanResult result = clean(2, CleanMode::remove);
  EXPECT_THAT(names_of(result.removed),
              ElementsAre("model_epoch_1.pt", "model_epoch_2.pt", "model_epoch_3.pt"));
  EXPECT_THAT(names_of(result.removed_sets), ElementsAre("epoch_0001", "epoch_0003"));
  EXPECT_FALSE(fs::exists(folder / "model_epoch_1.pt"));
  EXPECT_FALSE(fs::exists(folder / "shards/epoch_0001"));
  EXPECT_TRUE(fs::exists(folder / "shards/epoch_0002/manifest.json"));
  EXPECT_TRUE(fs::exists(folder / "model_epoch_5.pt"));
}

TEST_F(CleanCheckpoints, OnlySaysSoInADryRun) {
  const CleanResult dry = clean(2, CleanMode::dry_run);
  EXPECT_TRUE(fs::exists(folder / "model_epoch_1.pt"));
  EXPECT_TRUE(fs::exists(folder / "shards/epoch_0001"));
  const CleanResult result = clean(2, CleanMode::remove);
  EXPECT_EQ(names_of(dry.removed_sets), names_of(result.removed_sets));
  EXPECT_EQ(dry.freed_bytes, result.freed_bytes);
}

TEST_F(CleanCheckpoints, FreesNothingOfAFileWithAnotherName) {
  const CleanResult all = clean(4, CleanMode::dry_run);
  fs::create_hard_link(folder / "model_epoch_1.pt", folder / "mine.pt");
  const CleanResult less = clean(4, CleanMode::dry_run);
  EXPECT_EQ(all.shared_bytes, 0);
  EXPECT_GT(less.shared_bytes, 0);
  EXPECT_EQ(less.freed_bytes + less.shared_bytes, all.freed_bytes);
}

TEST_F(CleanCheckpoints, LeavesASetAloneThatItCannotRead) {
  flip_bit_at(folder / "shards/epoch_0001/manifest.json", 100);
  testing::internal::CaptureStderr();
  EXPECT_THAT(names_of(clean(2, CleanMode::remove).removed_sets), ElementsAre("epoch_0003"));
  EXPECT_THAT(testing::internal::GetCapturedStderr(),
              AllOf(HasSubstr("epoch_0001/manifest.json"), HasSubstr("it stays")));
  EXPECT_TRUE(fs::exists(folder / "shards/epoch_0001"));
}

TEST_F(CleanCheckpoints, KeepsTheNewestWholeSetsAndNamesThoseThatAreDamaged) {
  fs::remove(folder / "shards/epoch_0004/shard_00000_of_00001.h5");
  fs::resize_file(folder / "shards/epoch_0005/shard_00000_of_00001.h5", 100);
  testing::internal::CaptureStderr();
  EXPECT_THAT(names_of(clean(1, CleanMode::remove).removed_sets), ElementsAre("epoch_0001"));
  EXPECT_THAT(testing::internal::GetCapturedStderr(),
              AllOf(HasSubstr("epoch_0004: shard_00000_of_00001.h5: No such file"),
                    HasSubstr("epoch_0005: shard_00000_of_00001.h5 has 100 bytes"),
                    HasSubstr("it stays, and does not count as kept")));
  for (const char* const name : {"epoch_0002", "epoch_0003", "epoch_0004", "epoch_0005"})
    EXPECT_TRUE(fs::exists(folder / "shards" / name)) << name;
}

TEST(CleanCheckpointsOfNothing, RemovesNothing) {
  const TempDirectory empty;
  const CleanResult result =
      clean_checkpoints(CheckpointDirectory(empty.path()), 1, CleanMode::remove);
  EXPECT_TRUE(result.removed.empty());
  EXPECT_TRUE(result.removed_sets.empty());
}

}  // namespace
}  // namespace lockstep::test
