// SPDX-License-Identifier: Apache-2.0
#include "app/checkpoint_verify.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/checkpoint_consolidate.h"
#include "base/error.h"
#include "store/saved_run.h"
#include "support/temp_directory.h"

namespace lockstep::test {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;

TEST(VerifyAll, VerifiesEverySetAndEveryFileOnceUnderAllItsNames) {
  const TempDirectory folder;
  save_run(folder.path(), run_at_epoch(1), 1);
  save_run(folder.path(), run_at_epoch(2), 1);
  const std::vector<VerifiedRow> rows = verify_all(CheckpointDirectory(folder.path()));
  ASSERT_EQ(rows.size(), 4U);
  EXPECT_THAT(rows[0].names, ElementsAre("epoch_0001"));
  EXPECT_THAT(rows[1].names, ElementsAre("epoch_0002"));
  EXPECT_THAT(rows[2].names, ElementsAre("model_epoch_1.pt"));
  EXPECT_THAT(rows[3].names, ElementsAre("model_epoch_2.pt", "latest.pt", "model.pt"));
}

TEST(VerifyAll, RefusesADirectoryWithoutCheckpoints) {
  const TempDirectory empty;
  EXPECT_THROW(verify_all(CheckpointDirectory(empty.path())), Error);
}

TEST(ConsolidateSet, WritesWhereItIsTold) {
  const TempDirectory folder;
  const fs::path set = save_run(folder.path(), run_at_epoch(1), 2);
  const ConsolidatedFile written = consolidate_set(set, folder / "one.pt");
  EXPECT_EQ(written.set, "epoch_0001");
  EXPECT_EQ(written.bytes, static_cast<std::int64_t>(fs::file_size(folder / "one.pt")));
  EXPECT_EQ(written.root, verify_one(folder / "one.pt").root);
}

ErrorKind refusal_kind(const fs::path& folder, const fs::path& file) {
  try {
    consolidate_set(folder, file);
  } catch (const Error& error) {
    return error.kind();
  }
  ADD_FAILURE() << "it was not refused";
  return ErrorKind::internal;
}

TEST(ConsolidateSet, OverwritesNothingAndTakesNoFile) {
  const TempDirectory folder;
  const fs::path set = save_run(folder.path(), run_at_epoch(1), 2);
  EXPECT_EQ(refusal_kind(set, folder / "latest.pt"), ErrorKind::usage);
  EXPECT_EQ(refusal_kind(folder / "latest.pt", folder / "new.pt"), ErrorKind::usage);
  EXPECT_FALSE(fs::exists(folder / "new.pt"));
}

}  // namespace
}  // namespace lockstep::test
