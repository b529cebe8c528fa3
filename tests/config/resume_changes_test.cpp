// SPDX-License-Identifier: Apache-2.0
#include "app/resume_changes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

namespace lockstep::test {
namespace {

using testing::HasSubstr;

const ResumePoint kEdge{.file = "run/shards/epoch_0001", .cursor = 0, .lanes = 4};
const ResumePoint kWithin{.file = "run/shards/step_00000008", .cursor = 32, .lanes = 4};

TEST(BaseOfResume, DropsALimitOfStepsWhereTheCommandNamesTheEpochs) {
  RunConfig stored;
  stored.train.max_steps = 12;
  EXPECT_EQ(base_of_resume(stored, kEdge, {"train.epochs"}).train.max_steps, 0);
  EXPECT_EQ(base_of_resume(stored, kEdge, {"train.epochs", "train.max_steps"}).train.max_steps, 12);
  EXPECT_EQ(base_of_resume(stored, kEdge, {"train.seed"}).train.max_steps, 12);
}

TEST(BaseOfResume, SaysWhichLimitItDrops) {
  RunConfig stored;
  EXPECT_EQ(limit_left_out(stored, kEdge, {"train.epochs"}), std::nullopt);
  stored.train.max_steps = 12;
  EXPECT_EQ(limit_left_out(stored, kEdge, {}), std::nullopt);
  EXPECT_EQ(limit_left_out(stored, kEdge, {"train.epochs"}),
            "resuming run/shards/epoch_0001: its limit of --max-steps 12 is dropped, since its "
            "epochs are named; give --max-steps too for another one");
}

// Of a run that was begun with batches of 4 in 4 lanes and whose configuration names these.
std::int64_t lanes_with(const std::function<void(TrainConfig&)>& command, std::int64_t world_size) {
  RunConfig stored;
  stored.train.lanes = 4;
  RunConfig config = base_of_resume(stored, kEdge, {});
  command(config.train);
  keep_stored_lanes(config, kEdge, world_size);
  return config.train.lanes;
}

TEST(KeepStoredLanes, KeepsThoseThatCutTheBatch) {
  EXPECT_EQ(lanes_with([](TrainConfig&) {}, 1), 4);
  EXPECT_EQ(lanes_with([](TrainConfig& train) { train.batch_size = 16; }, 1), 4);
}

TEST(KeepStoredLanes, LeavesTheChoiceOpenForABatchThatTheyDoNotCut) {
  EXPECT_EQ(lanes_with([](TrainConfig& train) { train.batch_size = 2; }, 1), 0);
  const auto six = [](TrainConfig& train) { train.batch_per_rank = 3; };
  EXPECT_EQ(lanes_with(six, 2), 0);
  EXPECT_EQ(lanes_with(six, 4), 4);
}

TEST(KeepStoredLanes, LeavesThoseThatTheCommandNames) {
  EXPECT_EQ(lanes_with([](TrainConfig& train) { train.lanes = 2; }, 1), 2);
}

TEST(WindowChanges, AreThoseOfSplitStrideAndOrder) {
  const RunConfig before;
  EXPECT_TRUE(window_changes(before, before).empty());
  RunConfig now = before;
  now.train.epochs = 9;
  now.data.stride = before.model.block_size;  // the default, spelt out
  EXPECT_TRUE(window_changes(before, now).empty());
  now.data.stride = 32;
  now.data.val_fraction = 0.3;
  now.train.seed = 7;
  EXPECT_EQ(window_changes(before, now).size(), 3U);
}

TEST(WindowChanges, AFractionThatIsNotUsedIsNone) {
  RunConfig before;
  before.data.validation_files = {"v.txt"};
  RunConfig now = before;
  now.data.val_fraction = 0.3;
  EXPECT_TRUE(window_changes(before, now).empty());
}

TEST(WindowChanges, AreRefusedInTheMiddleOfAnEpoch) {
  RunConfig now;
  now.data.val_fraction = 0.3;
  now.train.seed = 7;
  const std::vector<WindowChange> changes = window_changes(RunConfig(), now);
  EXPECT_TRUE(refused_changes(changes, kEdge).empty());
  const std::vector<std::string> refused = refused_changes(changes, kWithin);
  ASSERT_EQ(refused.size(), 2U);
  EXPECT_EQ(refused.front(),
            "resuming run/shards/step_00000008 in the middle of an epoch: data.val_fraction "
            "(--val-fraction) is 0.3, but the epoch was begun with 0.2, and its windows would be "
            "others; go on with 0.2, and change it when the epoch has ended");
}

TEST(WindowChanges, AreSaidAtTheEdgeOfAnEpoch) {
  EXPECT_EQ(changes_warning({}, kEdge), std::nullopt);
  RunConfig now;
  now.train.seed = 7;
  const std::vector<WindowChange> other_order = window_changes(RunConfig(), now);
  EXPECT_FALSE(changes_validation(other_order));
  EXPECT_EQ(changes_warning(other_order, kEdge),
            "resuming run/shards/epoch_0001: from here on train.seed (--seed) is 7 and no longer "
            "1337; what is trained from here on is not what the run would have been");
  now.data.val_fraction = 0.3;
  const std::vector<WindowChange> other_set = window_changes(RunConfig(), now);
  EXPECT_TRUE(changes_validation(other_set));
  EXPECT_THAT(changes_warning(other_set, kEdge).value_or(""),
              HasSubstr("is 0.3 and no longer 0.2, train.seed (--seed) is 7 and no longer 1337; "
                        "the validation set is another one, so the best loss begins anew"));
}

}  // namespace
}  // namespace lockstep::test
