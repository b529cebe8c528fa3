// SPDX-License-Identifier: Apache-2.0
#include "train/find_checkpoint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "base/file.h"
#include "export/pt_file.h"
#include "support/temp_directory.h"

namespace lockstep {
namespace {

class FindCheckpointTest : public testing::Test {
 protected:
  void write_good(const std::string& name) const { write_pt_file(temp_ / name, {PtDict{}}, {}); }
  void write_damaged(const std::string& name) const {
    write_durably(temp_ / name, "half a file", ErrorKind::checkpoint);
  }
  std::optional<std::filesystem::path> found() const {
    return find_newest_checkpoint(CheckpointDirectory(temp_.path()));
  }

  const test::TempDirectory temp_;
};

TEST_F(FindCheckpointTest, AnEmptyDirectoryHasNone) { EXPECT_EQ(found(), std::nullopt); }

TEST_F(FindCheckpointTest, TheLatestComesFirst) {
  for (const char* name : {"model_epoch_2.pt", "latest.pt", "best_model.pt"}) write_good(name);
  EXPECT_EQ(found(), temp_ / "latest.pt");
}

TEST_F(FindCheckpointTest, ThenTheHighestEpochThatVerifies) {
  write_damaged("latest.pt");
  write_damaged("model_epoch_10.pt");
  write_good("model_epoch_9.pt");
  write_good("model_epoch_2.pt");
  EXPECT_EQ(found(), temp_ / "model_epoch_9.pt");
}

TEST_F(FindCheckpointTest, ThenTheBest) {
  write_damaged("latest.pt");
  write_good("best_model.pt");
  EXPECT_EQ(found(), temp_ / "best_model.pt");
}

TEST_F(FindCheckpointTest, ThatAllAreDamagedIsAnErrorThatNamesThem) {
  write_damaged("latest.pt");
  write_damaged("model_epoch_1.pt");
  try {
    found();
    FAIL() << "did not throw";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::checkpoint);
    EXPECT_THAT(error.what(), testing::HasSubstr("latest.pt, model_epoch_1.pt"));
  }
}

}  // namespace
}  // namespace lockstep
