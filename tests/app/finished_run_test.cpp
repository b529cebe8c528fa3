// SPDX-License-Identifier: Apache-2.0
#include "app/finished_run.h"

#include <gtest/gtest.h>

#include <fstream>

#include "checkpoint/owner.h"
#include "store/saved_run.h"
#include "support/flip_bit.h"
#include "support/temp_directory.h"

namespace lockstep::test {
namespace {

namespace fs = std::filesystem;

class FinishedRun : public testing::Test {
 protected:
  FinishedRun() { save_run(folder_.path(), run_, 1); }
  fs::path set(const std::string& name) const { return folder_ / "shards" / name; }
  bool is_settled() const {
    RunOrder order{
        .start = RunStart::resumed, .file = set("epoch_0001"), .state = run_.content.state};
    order.config.checkpoint.directory = folder_.path().string();
    return settle(order);
  }

  const TempDirectory folder_;
  const SmallRun run_ = run_at_epoch(1);
};

TEST_F(FinishedRun, IsSettledWhereNothingIsUnfinished) {
  EXPECT_TRUE(is_settled());
  fs::create_directories(set("epoch_0002.draft-0a1b2c3d"));
  EXPECT_FALSE(is_settled());
}

// The next start would remove the draft that the living process writes.
TEST_F(FinishedRun, IsLeftAloneWhereALivingProcessIsAtWork) {
  const DirectoryOwner owner(folder_.path(), "of another process");
  fs::create_directories(set("epoch_0002.draft-0a1b2c3d"));
  std::ofstream(set("epoch_0001") / "unpublished").flush();
  fs::remove(folder_ / "latest.pt");
  EXPECT_TRUE(is_settled());
  EXPECT_TRUE(fs::exists(set("epoch_0002.draft-0a1b2c3d")));
  EXPECT_FALSE(fs::exists(folder_ / "latest.pt"));
  EXPECT_NO_THROW(owner.check());
}

TEST_F(FinishedRun, IsNotSettledWithADamagedCheckpointWhoeverIsAtWork) {
  flip_bit_at(set("epoch_0001") / "manifest.json", 100);
  EXPECT_FALSE(is_settled());
  const DirectoryOwner owner(folder_.path(), "of another process");
  EXPECT_FALSE(is_settled());
}

}  // namespace
}  // namespace lockstep::test
