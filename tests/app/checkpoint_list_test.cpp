// SPDX-License-Identifier: Apache-2.0
#include "app/checkpoint_list.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/saved_run.h"
#include "support/temp_directory.h"

namespace lockstep::test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

// The second epoch is the best: that is what small_run() says.
class ListCheckpoints : public testing::Test {
 protected:
  ListCheckpoints() {
    for (std::int64_t epoch = 1; epoch <= 3; ++epoch)
      save_run(folder.path(), run_at_epoch(epoch), 2);
  }
  CheckpointListing listing() const { return list_checkpoints(CheckpointDirectory(folder.path())); }
  const TempDirectory folder;
};

TEST_F(ListCheckpoints, ShowsFilesAndSets) {
  const CheckpointListing found = listing();
  ASSERT_EQ(found.files.size(), 4U);  // three epochs and latest.pt
  EXPECT_EQ(found.files[3].name, "latest.pt");
  EXPECT_EQ(found.files[3].mark, CheckpointRow::Mark::latest);
  ASSERT_EQ(found.sets.size(), 3U);
  EXPECT_EQ(found.sets[1].name, "epoch_0002");
  EXPECT_EQ(found.sets[1].step, 20);
  EXPECT_EQ(found.sets[1].shards, 2);
  EXPECT_TRUE(found.sets[1].is_best);
  EXPECT_FALSE(found.sets[1].is_latest);
  EXPECT_TRUE(found.sets[2].is_latest);
}

TEST_F(ListCheckpoints, CountsTheBytesOfLinkedFilesOnce) {
  const CheckpointListing found = listing();
  const std::int64_t two_more_names = 2 * found.files[3].bytes;  // latest.pt and model.pt
  fs::remove(folder / "latest.pt");
  fs::remove(folder / "model.pt");
  EXPECT_EQ(listing().apparent_bytes, found.apparent_bytes - two_more_names);
  EXPECT_EQ(listing().real_bytes, found.real_bytes);
}

TEST_F(ListCheckpoints, NamesTheProblemOfADamagedSet) {
  fs::remove(folder / "shards/epoch_0001/shard_00001_of_00002.h5");
  const fs::path cut = folder / "shards/epoch_0003/shard_00000_of_00002.h5";
  fs::resize_file(cut, 100);
  const CheckpointListing found = listing();
  EXPECT_EQ(found.sets[0].problem, "shard_00001_of_00002.h5: No such file or directory (errno 2)");
  EXPECT_EQ(found.sets[1].problem, "");
  EXPECT_THAT(found.sets[2].problem, HasSubstr("has 100 bytes"));
}

TEST_F(ListCheckpoints, ShowsASetWithoutAManifest) {
  fs::remove(folder / "shards/epoch_0002/manifest.json");
  const CheckpointListing found = listing();
  EXPECT_EQ(found.sets[0].name, "epoch_0002");
  EXPECT_THAT(found.sets[0].problem, HasSubstr("manifest.json"));
  EXPECT_EQ(found.sets[0].step, std::nullopt);
}

TEST_F(ListCheckpoints, NamesTheProblemOfAFileThatCannotBeLookedAt) {
  fs::remove(folder / "latest.pt");
  fs::create_symlink("latest.pt", folder / "latest.pt");
  const CheckpointListing found = listing();
  ASSERT_EQ(found.files.size(), 4U);
  EXPECT_THAT(found.files[3].problem, HasSubstr("Too many levels of symbolic links"));
}

TEST_F(ListCheckpoints, ShowsDrafts) {
  fs::create_directory(folder / "shards/epoch_0004.draft-0a1b2c3d");
  const CheckpointListing found = listing();
  ASSERT_EQ(found.leftovers.size(), 1U);
  EXPECT_EQ(found.leftovers[0].name, "epoch_0004.draft-0a1b2c3d");
  EXPECT_EQ(found.leftovers[0].kind, LeftoverRow::Kind::draft);
}

}  // namespace
}  // namespace lockstep::test
