// SPDX-License-Identifier: Apache-2.0
// What a run leaves out where it goes on counts for nothing.
#include <gtest/gtest.h>

#include "checkpoint/small_run.h"
#include "support/temp_directory.h"

namespace lockstep::test {
namespace {

// As a crash right after the rename leaves it.
void commit_an_epoch_without_names(SmallRun& run, double val_loss) {
  const Manifest manifest = run.end_of_epoch(val_loss);
  run.directory.commit(run.write_draft(manifest), manifest.set);
}

// The third epoch turns out to be damaged, and the run goes on from the second.
TEST(GivenUpSets, ASetThatWasGivenUpIsNeitherPublishedAgainNorCostsAGoodOne) {
  const TempDirectory temp;
  SmallRun run(temp.path());
  run.keep_last_n = 1;
  run.has_pt = false;
  for (const double loss : {5.0, 4.0}) run.finish_epoch(loss);
  const TrainState second = run.state;
  run.finish_epoch(3.0);
  run.state = second;
  run.stop_within_epoch();
  EXPECT_EQ(run.directory.linked_set("latest"), "step_00000023");
  EXPECT_EQ(run.directory.linked_set("best"), "epoch_0002");
  const auto before = tree_of(temp.path());
  open_again(run.directory);
  EXPECT_EQ(tree_of(temp.path()), before);
  EXPECT_TRUE(before.contains("shards/epoch_0002"));
  EXPECT_TRUE(before.contains("shards/epoch_0003"));
}

// The run has come past it: the good set before stays, beside the new one.
TEST(GivenUpSets, ASetThatWasGivenUpIsNotOneOfTheTwoNewest) {
  const TempDirectory temp;
  SmallRun run(temp.path());
  run.stop_within_epoch();
  const TrainState third = run.state;
  run.stop_within_epoch();
  run.state = third;
  run.given_up =
      run.directory.sets_given_up("step_00000003", {.step = third.step, .ends_an_epoch = false});
  EXPECT_EQ(run.given_up, std::vector<std::string>{"step_00000006"});
  ++run.state.step;
  EXPECT_EQ(run.stop_within_epoch().removed_sets, std::vector<std::string>{"step_00000006"});
  EXPECT_EQ(listing(temp / "shards"), "latest step_00000003 step_00000007");
}

// Right after its commit the third epoch, the best, is found damaged: the run goes on from the
// second, and the first stays the best.
TEST(GivenUpSets, ACommitOfASetThatIsGivenUpIsNotFinished) {
  const TempDirectory temp;
  SmallRun run(temp.path());
  run.keep_last_n = 1;
  for (const double loss : {4.0, 5.0}) run.finish_epoch(loss);
  commit_an_epoch_without_names(run, 3.0);
  const auto before = tree_of(temp.path());
  const auto given_up =
      run.directory.sets_given_up("epoch_0002", {.step = 20, .ends_an_epoch = true});
  EXPECT_EQ(given_up, std::vector<std::string>{"epoch_0003"});
  run.directory.open();
  run.directory.finish_commit(given_up);
  EXPECT_EQ(tree_of(temp.path()), before);
  EXPECT_EQ(run.directory.linked_set("best"), "epoch_0001");
}

TEST(GivenUpSets, ASetIsGivenUpForThePtFileOfItsAgeButNotForItself) {
  const TempDirectory temp;
  SmallRun run(temp.path());
  for (const double loss : {5.0, 4.0}) run.finish_epoch(loss);
  const Age age{.step = 20, .ends_an_epoch = true};
  EXPECT_EQ(run.directory.sets_given_up("latest.pt", age), std::vector<std::string>{"epoch_0002"});
  EXPECT_EQ(run.directory.sets_given_up("epoch_0002", age), std::vector<std::string>());
}

// Its epoch was trained again, but could not be saved.
TEST(GivenUpSets, ASetThatIsGivenUpDoesNotBecomeTheBest) {
  const TempDirectory temp;
  SmallRun run(temp.path());
  run.keep_last_n = 1;
  run.finish_epoch(4.0);
  commit_an_epoch_without_names(run, 3.0);
  run.given_up = {"epoch_0002"};
  run.finish_epoch(5.0);
  EXPECT_EQ(run.directory.linked_set("best"), "epoch_0001");
  EXPECT_EQ(listing(temp / "shards"), "best epoch_0001 epoch_0003 latest");
}

}  // namespace
}  // namespace lockstep::test
