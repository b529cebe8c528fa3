// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/opened_directory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/message_of.h"
#include "support/temp_directory.h"

namespace lockstep::test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class OpenedDirectoryTest : public testing::Test {
 protected:
  OpenedDirectoryTest() { fs::create_directory(run_); }
  const TempDirectory temp_;
  const fs::path run_ = temp_ / "run";
  const fs::path away_ = temp_ / "away";
};

TEST_F(OpenedDirectoryTest, IsTheSameWhateverLiesInIt) {
  OpenedDirectory opened(run_);
  fs::create_directories(run_ / "shards" / "epoch_0001");
  EXPECT_NO_THROW(opened.check());
  fs::remove_all(run_ / "shards");
  EXPECT_NO_THROW(opened.check());
}

TEST_F(OpenedDirectoryTest, IsMissedWhereItWasMovedAwayUntilItIsBack) {
  OpenedDirectory opened(run_);
  fs::rename(run_, away_);
  EXPECT_EQ(message_of([&] { opened.check(); }),
            "using the run directory " + run_.string() +
                ": it is not there any more; move it back, or, where it is lost, make an empty "
                "folder of that name, and the run saves there");
  fs::create_directory(run_);
  EXPECT_THAT(message_of([&] { opened.check(); }),
              HasSubstr("it is not the folder any more that the run began with"));
  fs::remove(run_);
  fs::rename(away_, run_);
  EXPECT_NO_THROW(opened.check());
}

TEST_F(OpenedDirectoryTest, MayBeReplacedOnceItIsRemoved) {
  OpenedDirectory opened(run_);
  fs::remove(run_);
  EXPECT_THAT(message_of([&] { opened.check(); }), HasSubstr("it is not there any more"));
  fs::create_directory(run_);
  EXPECT_NO_THROW(opened.check());
  fs::rename(run_, away_);
  fs::create_directory(run_);
  EXPECT_THAT(message_of([&] { opened.check(); }), HasSubstr("it is not the folder any more"));
}

TEST_F(OpenedDirectoryTest, IsFollowedThroughALink) {
  fs::create_directory_symlink(run_, temp_ / "link");
  OpenedDirectory opened(temp_ / "link");
  EXPECT_NO_THROW(opened.check());
  fs::create_directory(away_);
  fs::remove(temp_ / "link");
  fs::create_directory_symlink(away_, temp_ / "link");
  EXPECT_THAT(message_of([&] { opened.check(); }), HasSubstr("it is not the folder any more"));
}

TEST_F(OpenedDirectoryTest, IsKnownFromWhenItIsSeen) {
  OpenedDirectory opened(away_);
  EXPECT_NO_THROW(opened.check());
  fs::create_directory(away_);
  EXPECT_NO_THROW(opened.check());
  fs::remove(away_);
  EXPECT_THAT(message_of([&] { opened.check(); }), HasSubstr("it is not there any more"));
}

}  // namespace
}  // namespace lockstep::test
