// SPDX-License-Identifier: Apache-2.0
#include "store/verify.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <thread>

#include "base/file.h"
#include "store/matchers.h"
#include "store/saved_run.h"
#include "support/flip_bit.h"
#include "support/temp_directory.h"

namespace lockstep::test {
namespace {

// The parameters count from 100, exp_avg from 200, exp_avg_sq from 300.
class VerifyCheckpoint : public testing::Test {
 protected:
  const fs::path& directory() const { return directory_.path(); }
  fs::path shard(int number) const {
    return set / ("shard_0000" + std::to_string(number) + "_of_00002.h5");
  }
  std::string expected_root() const { return state_root(run.content.layout, run.digests()); }

 private:
  TempDirectory directory_;

 protected:
  const SmallRun run = run_at_epoch(3);
  const fs::path set = save_run(directory_.path(), run, 2);
};

TEST_F(VerifyCheckpoint, FindsASetWholeAndGivesItsRoot) {
  const Verification found = verify_checkpoint(set);
  EXPECT_THAT(found.problems, IsEmpty());
  EXPECT_EQ(found.name, "epoch_0003");
  EXPECT_EQ(found.root, expected_root());
}

TEST_F(VerifyCheckpoint, DoesNotDependOnTheTime) {
  std::this_thread::sleep_for(std::chrono::milliseconds(1100));
  EXPECT_THAT(verify_checkpoint(set).problems, IsEmpty());
}

TEST_F(VerifyCheckpoint, NeedsNoFolderForTemporaryFiles) {
  ::setenv("TMPDIR", "/nonexistent", /*overwrite=*/1);
  const Verification found = verify_checkpoint(set);
  ::unsetenv("TMPDIR");
  EXPECT_THAT(found.problems, IsEmpty());
}

TEST_F(VerifyCheckpoint, GivesAFileTheRootOfItsSet) {
  const Verification found = verify_checkpoint(directory() / "latest.pt");
  EXPECT_THAT(found.problems, IsEmpty());
  EXPECT_EQ(found.name, "latest.pt");
  EXPECT_EQ(found.root, expected_root());
}

TEST_F(VerifyCheckpoint, FollowsTheLinkToASet) {
  EXPECT_EQ(verify_checkpoint(directory() / "shards" / "latest").name, "epoch_0003");
}

TEST_F(VerifyCheckpoint, NamesShardArrayAndTensorOfAFlippedBit) {
  flip_bit_in(shard(1), bytes_of(200.0F + 31'600));  // the last tensor
  const Verification found = verify_checkpoint(set);
  EXPECT_THAT(found.problems,
              ElementsAre(AllOf(HasSubstr("shard_00001_of_00002.h5"), HasSubstr("exp_avg "),
                                HasSubstr("chunk 1"), HasSubstr("transformer."))));
  EXPECT_NE(found.root, expected_root());
}

TEST_F(VerifyCheckpoint, FindsTheDamageOfEveryShard) {
  flip_bit_in(shard(0), bytes_of(100.0F + 5));
  flip_bit_in(shard(1), bytes_of(300.0F + 31'600));
  EXPECT_THAT(verify_checkpoint(set).problems,
              ElementsAre(HasSubstr("shard_00000_of_00002.h5"), HasSubstr("exp_avg_sq")));
}

TEST_F(VerifyCheckpoint, GoesOnBehindAShardThatIsMissing) {
  fs::remove(shard(0));
  flip_bit_in(shard(1), bytes_of(100.0F + 31'600));
  const Verification found = verify_checkpoint(set);
  EXPECT_THAT(found.problems,
              ElementsAre(HasSubstr("shard_00000_of_00002.h5"), HasSubstr("parameters")));
  EXPECT_EQ(found.root, "");
}

TEST_F(VerifyCheckpoint, FindsAShardThatIsCutShort) {
  const std::string whole = std::to_string(fs::file_size(shard(1)));
  fs::resize_file(shard(1), 1000);
  EXPECT_THAT(verify_checkpoint(set).problems,
              ElementsAre("reading " + shard(1).string() +
                          ": it has 1000 bytes, the manifest says " + whole));
}

TEST_F(VerifyCheckpoint, FindsTwoShardsThatChangedPlaces) {
  fs::rename(shard(0), set / "other");
  fs::rename(shard(1), shard(0));
  fs::rename(set / "other", shard(1));
  EXPECT_THAT(verify_checkpoint(set).problems,
              ElementsAre(HasSubstr("it is shard 1 of 2"), HasSubstr("it is shard 0 of 2")));
}

TEST_F(VerifyCheckpoint, FindsAShardOfAnotherEpoch) {
  const fs::path other = save_run(directory(), run_at_epoch(2), 2);
  fs::copy_file(other / "shard_00001_of_00002.h5", shard(1), fs::copy_options::overwrite_existing);
  EXPECT_THAT(verify_checkpoint(set).problems, ElementsAre(HasSubstr("at step 20")));
}

TEST_F(VerifyCheckpoint, FindsAShardOfAnotherRunAtTheSameStep) {
  SmallRun twin = run_at_epoch(3);
  twin.values[StateArray::parameters][31'000] = -1.0F;
  const TempDirectory elsewhere;
  const fs::path other = save_run(elsewhere.path(), twin, 2);
  fs::copy_file(other / "shard_00001_of_00002.h5", shard(1), fs::copy_options::overwrite_existing);
  EXPECT_THAT(verify_checkpoint(set).problems, ElementsAre(HasSubstr("of another checkpoint")));
}

TEST_F(VerifyCheckpoint, FindsADamagedManifest) {
  flip_bit_at(set / "manifest.json", 100);
  const Verification found = verify_checkpoint(set);
  EXPECT_THAT(found.problems, ElementsAre(HasSubstr("manifest.json")));
  EXPECT_EQ(found.root, "");
}

TEST_F(VerifyCheckpoint, FindsADamagedTokenizer) {
  flip_bit_at(set / "tokenizer.model", 1);
  EXPECT_THAT(verify_checkpoint(set).problems, ElementsAre(HasSubstr("tokenizer.model")));
}

TEST_F(VerifyCheckpoint, FindsWhatIsMissing) {
  fs::remove(set / "model.h5");
  fs::remove(set / "tokenizer.model");
  EXPECT_THAT(verify_checkpoint(set).problems,
              ElementsAre(HasSubstr("model.h5"), HasSubstr("tokenizer.model")));
}

TEST_F(VerifyCheckpoint, FindsWhatDoesNotBelongToTheSet) {
  std::ofstream(set / "shard_00007_of_00008.h5") << "x";
  std::ofstream(set / ".nfs0001") << "x";
  EXPECT_THAT(verify_checkpoint(set).problems,
              ElementsAre(AllOf(HasSubstr("shard_00007"), HasSubstr("does not belong"))));
}

TEST_F(VerifyCheckpoint, FindsASetUnderTheNameOfAnother) {
  fs::rename(set, set.parent_path() / "epoch_0004");
  EXPECT_THAT(verify_checkpoint(set.parent_path() / "epoch_0004").problems,
              ElementsAre(HasSubstr("it is the manifest of epoch_0003")));
}

TEST_F(VerifyCheckpoint, TakesACopyOfASetUnderANameOfItsOwn) {
  fs::copy(set, directory() / "backup");
  EXPECT_THAT(verify_checkpoint(directory() / "backup").problems, IsEmpty());
}

TEST_F(VerifyCheckpoint, NamesArrayAndTensorOfAFlippedBitInAFile) {
  flip_bit_in(directory() / "latest.pt", bytes_of(300.0F + 31'600));
  const Verification found = verify_checkpoint(directory() / "latest.pt");
  EXPECT_THAT(found.problems,
              ElementsAre(AllOf(HasSubstr("latest.pt"), HasSubstr("CRC-32")),
                          AllOf(HasSubstr("latest.pt"), HasSubstr("chunk 1 of exp_avg_sq"))));
  EXPECT_EQ(found.root, "");
}

TEST_F(VerifyCheckpoint, FindsAFileThatIsCutShortAndSaysItOnce) {
  fs::resize_file(directory() / "latest.pt", 5000);
  EXPECT_THAT(verify_checkpoint(directory() / "latest.pt").problems,
              ElementsAre(HasSubstr("latest.pt")));
}

TEST_F(VerifyCheckpoint, AnswersForWhatIsNotThereToo) {
  EXPECT_THAT(verify_checkpoint(directory() / "nothing.pt").problems,
              ElementsAre(HasSubstr("nothing.pt")));
}

TEST_F(VerifyCheckpoint, ShowsTwentyProblemsAndCountsTheOthers) {
  for (int i = 0; i < 25; ++i) std::ofstream(set / ("foreign" + std::to_string(i))) << "x";
  const Verification found = verify_checkpoint(set);
  EXPECT_EQ(found.problems.size(), 21U);
  EXPECT_EQ(found.problems.back(), "and 5 more");
}

// The first byte of the file whose lowest bit can flip unnoticed, of some all over it.
std::optional<std::int64_t> unseen_flip(const fs::path& file, const fs::path& checkpoint) {
  constexpr std::int64_t kPlaces = 97;
  const auto bytes = static_cast<std::int64_t>(fs::file_size(file));
  for (std::int64_t place = 0; place < bytes; place += std::max<std::int64_t>(1, bytes / kPlaces)) {
    flip_bit_at(file, place);
    const bool is_seen = !verify_checkpoint(checkpoint).ok();
    flip_bit_at(file, place);
    if (!is_seen) return place;
  }
  return std::nullopt;
}

TEST_F(VerifyCheckpoint, FindsAFlippedBitWhereverItIs) {
  for (const fs::path& file :
       {shard(0), shard(1), set / "manifest.json", set / "model.h5", set / "tokenizer.model"})
    EXPECT_EQ(unseen_flip(file, set), std::nullopt) << file;
  const fs::path pt = directory() / "latest.pt";
  EXPECT_EQ(unseen_flip(pt, pt), std::nullopt);
}

// Headers and the padding behind them hold nothing, but are as they were written or not.
TEST_F(VerifyCheckpoint, FindsAFlippedBitBetweenTheEntriesOfAFile) {
  const fs::path pt = directory() / "latest.pt";
  for (std::int64_t place = 0; place < 64; ++place) {
    flip_bit_at(pt, place);
    EXPECT_FALSE(verify_checkpoint(pt).ok()) << place;
    flip_bit_at(pt, place);
  }
  EXPECT_TRUE(verify_checkpoint(pt).ok());
}

}  // namespace
}  // namespace lockstep::test
