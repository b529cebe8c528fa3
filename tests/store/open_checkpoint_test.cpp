// SPDX-License-Identifier: Apache-2.0
#include "store/open_checkpoint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "store/saved_run.h"
#include "support/temp_directory.h"

namespace lockstep::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(ResumeCandidates, AreTheNewestStepFirstAndOfOneStepTheSet) {
  const TempDirectory directory;
  save_run(directory.path(), run_at_epoch(1), 1);
  save_run(directory.path(), run_at_epoch(2), 2);
  const Candidates found = resume_candidates(CheckpointDirectory(directory.path()));
  EXPECT_THAT(found.problems, IsEmpty());
  ASSERT_GE(found.paths.size(), 3U);
  EXPECT_EQ(found.paths[0], directory / "shards" / "epoch_0002");
  EXPECT_EQ(found.paths[1], directory / "latest.pt");
}

// A stop during the last validation leaves it, and the resume then ends the epoch.
TEST(ResumeCandidates, OfOneStepTheEndOfTheEpochComesBeforeASetWithinIt) {
  const TempDirectory directory;
  SmallRun run = run_at_epoch(1);
  run.content.state.step = 20;
  const auto within = save_within_epoch(directory.path(), run, 1);
  const auto end = save_run(directory.path(), run_at_epoch(2), 1);
  const Candidates found = resume_candidates(CheckpointDirectory(directory.path()));
  EXPECT_THAT(found.paths, ElementsAre(end, directory / "latest.pt", within));
}

TEST(ResumeCandidates, LeavesOutASetWhoseTokenizerIsDamaged) {
  const TempDirectory directory;
  save_run(directory.path(), run_at_epoch(1), 1);
  const auto newest = save_run(directory.path(), run_at_epoch(2), 2);
  std::ofstream(newest / "tokenizer.model") << "another tokenizer";
  const Candidates found = resume_candidates(CheckpointDirectory(directory.path()));
  EXPECT_THAT(found.problems, ElementsAre(HasSubstr("tokenizer.model")));
  EXPECT_EQ(found.paths.front(), directory / "latest.pt");
}

}  // namespace
}  // namespace lockstep::test
