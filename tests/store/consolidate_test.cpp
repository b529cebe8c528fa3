// SPDX-License-Identifier: Apache-2.0
#include "store/consolidate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "store/saved_run.h"
#include "store/verify.h"
#include "support/message_of.h"
#include "support/temp_directory.h"

namespace lockstep::test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

std::string content_of(const fs::path& file) { return read_file(file, ErrorKind::checkpoint); }

std::vector<std::string> names_in(const fs::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder))
    names.push_back(entry.path().filename().string());
  return names;
}

std::string refusal_of(const fs::path& checkpoint, const fs::path& file) {
  return message_of([&] { consolidate(checkpoint, file); });
}

TEST(Consolidate, WritesTheBytesThatTheTrainerExports) {
  for (const std::int64_t shards : {1, 2, 3}) {
    const TempDirectory directory;
    const fs::path set = save_run(directory.path(), run_at_epoch(3), shards);
    const Consolidated written = consolidate(set, directory / "one.pt");
    EXPECT_EQ(written.root, verify_checkpoint(directory / "one.pt").root);
    EXPECT_EQ(written.bytes, static_cast<std::int64_t>(fs::file_size(directory / "one.pt")));
    EXPECT_TRUE(content_of(directory / "one.pt") == content_of(directory / "latest.pt")) << shards;
  }
}

TEST(Consolidate, MakesAFileThatVerifiesBeforeTheFirstStepToo) {
  const TempDirectory directory;
  SmallRun run = run_at_epoch(0);
  run.content.state.epoch = 1;
  for (const StateArray array : {StateArray::exp_avg, StateArray::exp_avg_sq})
    run.values[array].assign(run.values[array].size(), 0.0F);
  const fs::path set = save_run(directory.path(), run, 2);
  consolidate(set, directory / "one.pt");
  const Verification found = verify_checkpoint(directory / "one.pt");
  EXPECT_THAT(found.problems, testing::IsEmpty());
  EXPECT_EQ(found.root, verify_checkpoint(set).root);
}

TEST(Consolidate, LeavesNothingOfADamagedSet) {
  const TempDirectory directory;
  const fs::path set = save_run(directory.path(), run_at_epoch(3), 2);
  flip_bit_in(set / "shard_00001_of_00002.h5", bytes_of(200.0F + 31'600));
  const TempDirectory target;
  EXPECT_THAT(refusal_of(set, target / "one.pt"), HasSubstr("shard_00001_of_00002.h5"));
  EXPECT_THAT(names_in(target.path()), testing::IsEmpty());
}

TEST(Consolidate, NamesAFolderThatIsNotThere) {
  const TempDirectory directory;
  const fs::path set = save_run(directory.path(), run_at_epoch(3), 1);
  EXPECT_THAT(refusal_of(set, directory / "nowhere/one.pt"), HasSubstr("nowhere/one.pt"));
}

}  // namespace
}  // namespace lockstep::test
