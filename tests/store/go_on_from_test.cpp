// SPDX-License-Identifier: Apache-2.0
#include "store/go_on_from.h"

#include <gtest/gtest.h>

#include <fstream>

#include "checkpoint/names.h"
#include "store/matchers.h"
#include "store/saved_run.h"
#include "support/temp_directory.h"

namespace lockstep::test {
namespace {

// Two epochs; a crash has cut the commit of the second short.
class GoOnFrom : public testing::Test {
 protected:
  GoOnFrom() {
    config_.directory = directory_.path();
    save_run(directory_.path(), first_, 1);
    save_run(directory_.path(), second_, 1);
    fs::remove(set(names::kLatestSet));
    fs::create_directory_symlink("epoch_0001", set(names::kLatestSet));
    std::ofstream(set("epoch_0002") / names::kUnpublished).flush();
  }
  fs::path set(const std::string& name) const { return directory_ / "shards" / name; }
  std::string latest() const { return fs::read_symlink(set(names::kLatestSet)).string(); }
  std::vector<std::string> given_up(const fs::path& checkpoint, const SmallRun& run) const {
    testing::internal::CaptureStderr();
    std::vector<std::string> names = go_on_from(checkpoint, run.content.state, config_);
    testing::internal::GetCapturedStderr();
    return names;
  }
  void expect_not_finished() const {
    EXPECT_EQ(latest(), "epoch_0001");
    EXPECT_TRUE(fs::exists(set("epoch_0002") / names::kUnpublished));
  }

  const TempDirectory directory_;
  const SmallRun first_ = run_at_epoch(1);
  const SmallRun second_ = run_at_epoch(2);
  CheckpointConfig config_;
};

TEST_F(GoOnFrom, TheNewestSetFinishesItsCommit) {
  EXPECT_THAT(given_up(set("epoch_0002"), second_), IsEmpty());
  EXPECT_EQ(latest(), "epoch_0002");
  EXPECT_FALSE(fs::exists(set("epoch_0002") / names::kUnpublished));
}

TEST_F(GoOnFrom, AnOlderSetGivesTheNewestUp) {
  EXPECT_THAT(given_up(set("epoch_0001"), first_), ElementsAre("epoch_0002"));
  expect_not_finished();
}

TEST_F(GoOnFrom, ThePtFileOfTheNewestSetGivesThatUp) {
  EXPECT_THAT(given_up(directory_ / "latest.pt", second_), ElementsAre("epoch_0002"));
  expect_not_finished();
}

}  // namespace
}  // namespace lockstep::test
