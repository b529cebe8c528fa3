// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/new_folders.h"

#include <gtest/gtest.h>

#include <fstream>

#include "checkpoint/owner.h"
#include "support/temp_directory.h"

namespace lockstep::test {
namespace {

namespace fs = std::filesystem;

class NewFoldersTest : public testing::Test {
 protected:
  // What a start makes before it trains.
  void make_folders() const {
    fs::create_directories(run_ / "text");
    fs::create_directories(run_ / "shards");
    const DirectoryOwner owner(run_, "of this start");
  }
  const TempDirectory temp_;
  const fs::path above_ = temp_ / "above";
  const fs::path run_ = above_ / "run";
};

TEST_F(NewFoldersTest, GoAgainWhereNothingIsInThem) {
  {
    const NewFolders folders(run_);
    make_folders();
  }
  EXPECT_FALSE(fs::exists(above_));
}

TEST_F(NewFoldersTest, StayWhereSomethingIsInThem) {
  {
    const NewFolders folders(run_);
    make_folders();
    fs::create_directory(run_ / "shards/epoch_0001");
  }
  EXPECT_FALSE(fs::exists(run_ / "text"));
  EXPECT_TRUE(fs::exists(run_ / "shards/owner.json"));
}

TEST_F(NewFoldersTest, AreNoneOfThoseThatWereThere) {
  fs::create_directories(run_ / "shards");
  {
    const NewFolders folders(run_);
    make_folders();
  }
  EXPECT_FALSE(fs::exists(run_ / "text"));
  EXPECT_TRUE(fs::exists(run_ / "shards/owner.json"));
}

// A run directory that was moved away during the run, and a link put in its place.
TEST_F(NewFoldersTest, LeaveALinkThatCameInTheirPlace) {
  const fs::path moved = temp_ / "moved";
  {
    const NewFolders folders(run_);
    make_folders();
    fs::rename(run_, moved);
    fs::create_directory_symlink(moved, run_);
  }
  EXPECT_TRUE(fs::is_symlink(run_));
}

TEST_F(NewFoldersTest, StayWithTheMarkOfAnotherProcess) {
  {
    const NewFolders folders(run_);
    make_folders();
    std::ofstream(run_ / "shards/owner.json") << R"({"id": "1", "host": "far", "process": 1})";
  }
  EXPECT_TRUE(fs::exists(run_ / "shards/owner.json"));
}

TEST_F(NewFoldersTest, LeaveALinkToNothingAlone) {
  fs::create_directory(above_);
  fs::create_directory_symlink("nowhere", run_);
  { const NewFolders folders(run_); }
  EXPECT_TRUE(fs::is_symlink(run_));
}

}  // namespace
}  // namespace lockstep::test
